import type { ModelFacts } from '../../src/engine/recipe/facts/types.ts';
import type { PruningProfile } from '../../src/protocol/pruning.ts';

/** The same facts with equal parts as one object each: shapes and refusals repeat all along a network, and a message keeps what is one. */
export function shareParts(facts: ModelFacts): ModelFacts {
  const one = sharing();
  const layers = facts.layers.map((layer) => ({
    ...layer,
    ...(layer.shape ? { shape: one(layer.shape) } : {}),
    ...(layer.refusals ? { refusals: one(layer.refusals) } : {}),
  }));
  return { ...facts, layers };
}

/** The same of extents. */
export function shareExtents(profile: PruningProfile): PruningProfile {
  const one = sharing();
  return {
    ...profile,
    layers: profile.layers.map((layer) => ({ ...layer, extents: one(layer.extents) })),
    tensors: profile.tensors.map((tensor) => ({ ...tensor, extents: one(tensor.extents) })),
  };
}

/** Answers the first of equal values. */
function sharing(): <T>(part: T) => T {
  const known = new Map<string, unknown>();
  return <T>(part: T): T => {
    const key = JSON.stringify(part);
    const before = known.get(key) as T | undefined;
    if (before === undefined) known.set(key, part);
    return before ?? part;
  };
}
