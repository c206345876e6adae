import type { Graph } from '../../onnx/graph.ts';
import type { Parameter } from '../../train/parameters.ts';
import type { Constraint } from '../../train/task.ts';

/** A codebook has at most this part of a tensor's weights: others are not shared. */
const mostDistinct = 0.5;

/**
 * Weights of a filter or matrix that are equal stay equal: after each step they take the mean of what their steps made of them, which for plain gradient descent is a step of the codebook by the mean of
 * its members' gradients (Han et al., Deep Compression, arXiv:1510.00149, section 3.3, has their sum). Zeros stay zeros. undefined where nothing is shared.
 */
export function heldSharing(graph: Graph, parameters: readonly Parameter[]): Constraint | undefined {
  const shared = parameters.flatMap(({ name, decays, offset, size }) => {
    const tensor = decays ? graph.initializers.get(name) : undefined;
    const members = tensor && membersOf(tensor.typed() as Float32Array);
    return members ? [{ offset, size, members }] : [];
  });
  if (!shared.length) return undefined;
  return {
    apply(flat) {
      for (const { offset, size, members } of shared) meanByMember(flat.subarray(offset, offset + size), members);
    },
    // Who shares with whom follows from the weights before the first step.
    state: () => ({}),
    restore: () => undefined,
  };
}

interface Members {
  /** Cluster of each weight; 0: zero. */
  readonly of: Uint32Array;
  readonly count: number;
}

function membersOf(values: Float32Array): Members | undefined {
  const numbers = new Map<number, number>([[0, 0]]);
  const of = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] === 0 ? 0 : values[i]!;
    let number = numbers.get(value);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(value, number);
      if (number > mostDistinct * values.length) return undefined;
    }
    of[i] = number;
  }
  return { of, count: numbers.size };
}

function meanByMember(weights: Float32Array, { of, count }: Members): void {
  const sums = new Float64Array(count);
  const sizes = new Uint32Array(count);
  for (let i = 0; i < of.length; i++) {
    sums[of[i]!]! += weights[i]!;
    sizes[of[i]!]!++;
  }
  for (let i = 0; i < of.length; i++) weights[i] = of[i] === 0 ? 0 : sums[of[i]!]! / sizes[of[i]!]!;
}
