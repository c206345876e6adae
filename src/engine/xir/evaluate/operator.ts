import type { XirOp } from '../graph.ts';
import type { OpAttributes } from '../read-attributes.ts';

/** A value of the graph: float32, in the order of `shape` (NHWC for feature maps). */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Of a `fix`: the integers that the values are multiples of 2^-fixPoint by. */
  readonly integers?: Int32Array;
}

/** What an operator is computed from. */
export interface Operands {
  readonly op: XirOp;
  readonly attributes: OpAttributes;
  /** Of the result, as stored. */
  readonly shape: readonly number[];
  /** What is given as `name`; an error names the op where it is missing. */
  all(name: string): readonly Values[];
  one(name: string): Values;
  maybe(name: string): Values | undefined;
  /** The ops that make an argument, and those that read a result, in the order of the graph. */
  makers(name: string): readonly XirOp[];
  readers(op: XirOp): readonly XirOp[];
}

/**
 * Computes the result, of `operands.shape`, as the vendor's cpu-runner does: in float32, in its order of summation. Rules: AMD vart 3.5,
 * cpu-runner; every result is compared with its own in the golden tests.
 */
export type Evaluate = (operands: Operands) => Float32Array | { data: Float32Array; integers: Int32Array };

export const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
