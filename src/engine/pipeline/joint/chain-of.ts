import { compositionOf } from '../../chain/split.ts';
import type { Composition } from '../../onnx/chain-metadata.ts';
import { ownerOf } from '../../chain/owner.ts';
import { LatheError } from '../../base/errors.ts';
import type { JointSettings } from '../../joint/step.ts';
import type { Model } from '../../onnx/graph.ts';
import type { ResolvedStep } from '../../recipe/types.ts';

/** The models of a chain, and which of them the step trains. */
export interface JointChain {
  readonly composition: Composition;
  /** In the order in which they take turns. */
  readonly tuned: readonly string[];
}

/** Throws `joint.chain` for a model that is none, and for an alias that it does not have. */
export function chainOf(model: Model, { tune }: Pick<JointSettings, 'tune'>): JointChain {
  const composition = compositionOf(model);
  if (!composition)
    throw new LatheError('joint.chain', 'joint trains the models of a chain, and this recipe has none', {
      file: model.path,
      hint: 'Name the models under `models` and their order under `chain`.',
    });
  const aliases = composition.links.map(({ alias }) => alias);
  const unknown = tune?.find((alias) => !aliases.includes(alias));
  if (unknown === undefined) return { composition, tuned: tune ?? aliases };
  throw new LatheError('joint.chain', `tune: the chain has no model ${JSON.stringify(unknown)}`, {
    hint: `It has: ${aliases.join(', ')}.`,
  });
}

/** The step with the layers of models that are not tuned left out of it. */
export function onTuned(step: ResolvedStep, model: Model, { composition, tuned }: JointChain): ResolvedStep {
  const others = model.graph.nodes.filter(({ label }) => {
    const alias = ownerOf(label, composition);
    return alias !== undefined && !tuned.includes(alias);
  });
  return { ...step, layers: { ...step.layers, ...Object.fromEntries(others.map(({ label }) => [label, { [step.step]: false }])) } };
}
