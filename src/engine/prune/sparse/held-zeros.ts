import type { Graph } from '../../onnx/graph.ts';
import type { Parameter } from '../../train/parameters.ts';
import type { Constraint } from '../../train/task.ts';

/** The weights of filters and matrices that are exactly zero stay so: what was pruned stays pruned through any training. undefined where there are none. */
export function heldZeros(graph: Graph, parameters: readonly Parameter[]): Constraint | undefined {
  const held = parameters.flatMap(({ name, decays, offset }) => {
    const tensor = decays ? graph.initializers.get(name) : undefined;
    return tensor ? [zeroPlaces(tensor.typed() as Float32Array, offset)] : [];
  });
  if (held.every(({ length }) => length === 0)) return undefined;
  return {
    apply(flat) {
      for (const places of held) for (const place of places) flat[place] = 0;
    },
    // What is held follows from the weights before the first step.
    state: () => ({}),
    restore: () => undefined,
  };
}

function zeroPlaces(values: Float32Array, offset: number): Uint32Array {
  const places: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] === 0) places.push(offset + i);
  return Uint32Array.from(places);
}
