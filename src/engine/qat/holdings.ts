import type { Graph } from '../onnx/graph.ts';
import { restoreInto } from '../train/checkpoint.ts';
import type { Parameter } from '../train/parameters.ts';
import type { Constraint } from '../train/task.ts';
import type { Holding, Values } from './methods/method.ts';

/** What methods hold between steps, as one constraint of the loop. `parameters`: those that are trained; others are as `graph` has them. */
export function holdingConstraint(graph: Graph, parameters: readonly Parameter[], holdings: readonly Holding[]): Constraint {
  const places = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const state = (): Record<string, Float32Array> =>
    Object.fromEntries(
      holdings.flatMap(({ state: own }, i) => Object.entries(own?.() ?? {}).map(([name, array]) => [`${i}/${name}`, array])),
    );
  return {
    apply(flat, place) {
      const values: Values = (name) => {
        const found = places.get(name);
        if (!found) return graph.initializers.get(name)!.typed() as Float32Array;
        return flat.subarray(found.offset, found.offset + found.size);
      };
      for (const holding of holdings) holding.hold?.(values, place);
    },
    state,
    restore: (saved) => restoreInto(state(), saved),
  };
}
