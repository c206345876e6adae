import type { Issue } from '../check.ts';
import type { ModelFacts } from '../facts/types.ts';
import { batchOf, trainingBytes, trainingOf, trainingPictures, trainingSeconds, type Training } from '../training-estimate.ts';
import { known } from '../world.ts';
import type { Rule, RuleContext, StepView } from './rule.ts';

/** Nobody means a training of more than two days on a CPU. */
const longestSeconds = 48 * 3600;
/** Training that does not fit into memory, or takes days. */
export const trainingCost: Rule = {
  kinds: [
    {
      code: 'recipe.memory',
      severity: 'warning',
      title: 'Training that needs more memory than there is',
      text: 'Estimated from the outputs of all layers, which training keeps for every picture of a batch, and from the parameters. Smaller batches need less; `accumulate` makes steps of the same size out of several of them. With batch normalization in training, statistics are those of the smaller batch.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures, labels: folders }\nsteps:\n  - train: { batch: 4096 }',
    },
    {
      code: 'recipe.time',
      severity: 'warning',
      title: 'Training that takes days',
      text: 'Estimated from multiply-adds, pictures and epochs, on a fast CPU of eight cores: it will take at least this long. Fewer epochs, fewer pictures (`count`), `max-steps` or a smaller model take less.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures, labels: folders }\nsteps:\n  - train: { epochs: 10000, learning-rate: 0.001, batch: 8, clip: 1 }\n  - prune: { channels: 0.5, steps: 1000, finetune: { epochs: 10000 } }',
    },
  ],
  *check(context) {
    for (const step of context.steps) {
      const facts = trainedFacts(context, step);
      if (!facts) continue;
      const training = trainingOf(step);
      if (!training) continue;
      yield* memory(context, training, facts);
      yield* time(context, training, facts);
    }
  },
};

/** What training costs depend on. */
type TrainedFacts = Pick<ModelFacts, 'layers' | 'parameters' | 'macs'>;

/** Of the step's model; a step on a chain trains all of its models together. */
function trainedFacts({ recipe, models }: RuleContext, { model }: StepView): TrainedFacts | undefined {
  if (model === undefined) return undefined;
  if (!recipe.chain || model !== '') return known(models.get(model)?.facts);
  const all = [...models.values()].flatMap(({ facts }) => known(facts) ?? []);
  if (all.length < models.size) return undefined;
  const macs = all.map((facts) => facts.macs);
  return {
    layers: all.flatMap(({ layers }) => layers),
    parameters: all.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: macs.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0),
  };
}

function* memory(context: RuleContext, training: Training, facts: TrainedFacts): Generator<Issue> {
  const most = context.world.memory;
  const batch = batchOf(context, training);
  const needed = (pictures: number): number => trainingBytes(facts, pictures) ?? 0;
  if (most === undefined || needed(batch) <= most) return;
  let parts = 2;
  while (parts < batch && needed(Math.ceil(batch / parts)) > most / 2) parts *= 2;
  const smaller = Math.max(1, Math.floor(batch / parts));
  const accumulate = (training.settings['accumulate'] as number | undefined) ?? 1;
  const isWritten = training.written['batch'] !== undefined;
  const place = { path: isWritten ? [...training.path, 'batch'] : training.path, at: isWritten ? 'value' : 'key' } as const;
  yield {
    ...place,
    severity: 'warning',
    code: 'recipe.memory',
    message: `training in batches of ${batch} needs about ${gigabytes(needed(batch))} of memory, and this machine has ${gigabytes(most)}`,
    fixes: [
      {
        title: `Train in batches of ${smaller}, ${accumulate * parts} to a step`,
        changes: [
          { kind: 'set', path: [...training.path, 'batch'], value: smaller },
          { kind: 'set', path: [...training.path, 'accumulate'], value: Math.min(1024, accumulate * parts) },
        ],
      },
    ],
  };
}

const gigabytes = (bytes: number): string => `${Number((bytes / 1e9).toPrecision(2))} GB`;

function* time(context: RuleContext, training: Training, facts: TrainedFacts): Generator<Issue> {
  const pictures = trainingPictures(context);
  const seconds = trainingSeconds(training, facts, pictures);
  if (seconds === undefined || seconds <= longestSeconds) return;
  const epochs = Number(training.settings['epochs']);
  const isWritten = training.written['epochs'] !== undefined;
  const days = Math.round(seconds / 86_400);
  yield {
    path: isWritten ? [...training.path, 'epochs'] : training.path,
    at: isWritten ? 'value' : 'key',
    severity: 'warning',
    code: 'recipe.time',
    message: `training ${pictures} pictures for ${epochs} epochs${training.rounds > 1 ? `, ${training.rounds} times,` : ''} takes ${days} days or more on a CPU`,
  };
}
