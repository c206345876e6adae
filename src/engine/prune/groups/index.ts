import type { Model } from '../../onnx/graph.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import { collectGroups } from './collect.ts';
import { followChannels } from './follow.ts';
import { keptInside } from './inside.ts';
import { settle } from './settle.ts';
import type { Coupling } from './types.ts';

export type { Coupling, CouplingGroup, KeptGroup, Removal, Slice } from './types.ts';

/**
 * Which channels of a model can only go together, and which have to stay, with the reason. The model is not changed; the result holds nodes of it. Throws what shape inference
 * throws, and `graph.cycle`.
 */
export function couplingOf(model: Model, options: { readonly shapes?: Shapes } = {}): Coupling {
  const shapes = options.shapes ?? inferShapes(model);
  const followed = followChannels(model, shapes);
  const { groups, kept, axes } = collectGroups(model, followed, settle(followed));
  return { groups, kept: [...kept, ...keptInside(model)], axes };
}
