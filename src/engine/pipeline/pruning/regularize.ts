import { LatheError } from '../../base/errors.ts';
import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import type { FinetuneSettings } from '../../prune/finetune-settings.ts';
import { couplingOf, type Removal } from '../../prune/groups/index.ts';
import { channelElements } from '../../prune/regularize/channel-elements.ts';
import { growingPenalty } from '../../prune/regularize/growing.ts';
import type { PruneSettings } from '../../prune/step.ts';
import type { Constraint } from '../../train/task.ts';
import type { StepRequest } from '../steps/step.ts';
import { finetune } from './finetune.ts';

export interface Regularizing {
  /** Not changed. */
  readonly model: Model;
  /** What it learns from while its channels shrink, prepared. */
  readonly teacher: Model | undefined;
  /** Of the learning curve. */
  readonly title: string;
  /** Channels that will go. */
  readonly removal: Removal;
}

/** Trains a copy of the model so that the channels that will go become small before they are cut; the weights are those of the last epoch. Throws `prune.regularize` without `finetune`, and what training throws. */
export async function regularized(request: StepRequest, { model, teacher, title, removal }: Regularizing): Promise<Model> {
  const { finetune: settings, regularize } = request.step.settings as PruneSettings;
  if (!settings || !teacher) {
    throw new LatheError('prune.regularize', `\`regularize: ${regularize}\` trains, and nothing says how`, {
      file: model.path,
      hint: 'Give `finetune`, for example finetune: { epochs: 3 }.',
    });
  }
  const copy = cloneModel(model);
  await finetune(request, {
    model: copy,
    teacher,
    settings: settings as FinetuneSettings,
    title,
    // It gets worse while channels vanish: that is what it is for.
    changes: (open, parameters) => ({ constraints: [constraint(open.model, parameters, removal)], isBetter: () => true }),
  });
  return copy;
}

function constraint(model: Model, parameters: Parameters<typeof channelElements>[2], removal: Removal): Constraint {
  const { groups } = couplingOf(model);
  const elements = groups.map((group) => channelElements(model.graph, group, parameters));
  return growingPenalty(groups.flatMap(({ name }, i) => (removal.get(name) ?? []).map((channel) => elements[i]![channel]!)));
}
