import fc from 'fast-check';
import { DataType, type DataTypeName } from '../../../../src/engine/onnx/data-type.ts';
import type { attributes, Dim, Model } from '../../../../src/engine/onnx/graph.ts';
import { Tensor, type NumericArray } from '../../../../src/engine/onnx/tensor.ts';
import { buildModel } from '../../../support/model-builder.ts';

/** One operand of a generated node. */
export interface Operand {
  readonly type?: DataTypeName;
  readonly dims: readonly number[];
  /** Every element (1 by default), or all of them. */
  readonly fill?: number;
  readonly values?: readonly number[];
  /** Stored in the model; else fed when it runs. */
  readonly constant?: boolean;
}

/** A model of one node. */
export interface Case {
  readonly inputs: readonly (Operand | undefined)[];
  readonly attributes?: Parameters<typeof attributes>[0];
  /** How many outputs to ask for; 1. */
  readonly outputs?: number;
  /** False where sizes depend on data: then unknown dimensions are right. Fed operands with `values` make it false by themselves. */
  readonly exact?: boolean;
}

/** Random choices, made by fast-check so that failures shrink. */
export interface Draw {
  readonly opset: number;
  /** An integer from min to max, both included. */
  int(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
  /** True in `share` of all draws. */
  chance(share: number): boolean;
  /** A shape of minRank..maxRank axes of 1..maxSize. */
  dims(minRank: number, maxRank: number, maxSize?: number): number[];
  ints(count: number, min: number, max: number): number[];
}

export type CaseMaker = (draw: Draw) => Case;

export const drawing = (make: CaseMaker, opsets: readonly number[]): fc.Arbitrary<Case & { opset: number }> =>
  fc.gen().map((generate) => {
    const draw: Draw = {
      opset: generate(fc.constantFrom, ...opsets),
      int: (min, max) => generate(fc.integer, { min, max }),
      pick: (items) => items[generate(fc.integer, { min: 0, max: items.length - 1 })]!,
      chance: (share) => generate(fc.integer, { min: 0, max: 99 }) < share * 100,
      dims: (minRank, maxRank, maxSize = 4) => draw.ints(draw.int(minRank, maxRank), 1, maxSize),
      ints: (count, min, max) => Array.from({ length: count }, () => draw.int(min, max)),
    };
    return { ...make(draw), opset: draw.opset };
  });

export const float = (dims: readonly number[], more: Partial<Operand> = {}): Operand => ({ dims, ...more });

/** A list of integers: a stored int64 vector. */
export const list = (values: readonly number[], more: Partial<Operand> = {}): Operand => ({
  type: 'int64',
  dims: [values.length],
  values,
  constant: true,
  ...more,
});

export const scalar = (value: number, type: DataTypeName = 'int64', more: Partial<Operand> = {}): Operand => ({
  type,
  dims: [],
  values: [value],
  constant: true,
  ...more,
});

export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** The elements of an operand in the array type that stores them. */
export function elementsOf({ type = 'float32', dims, fill = 1, values }: Operand): NumericArray {
  const all = values ?? Array<number>(sizeOf(dims)).fill(fill);
  switch (type) {
    case 'int64':
      return BigInt64Array.from(all.map(BigInt));
    case 'uint64':
      return BigUint64Array.from(all.map(BigInt));
    case 'int32':
      return Int32Array.from(all);
    case 'uint32':
      return Uint32Array.from(all);
    case 'int16':
      return Int16Array.from(all);
    case 'uint16':
    case 'float16':
      return Uint16Array.from(all);
    case 'int8':
      return Int8Array.from(all);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(all);
    case 'float64':
      return Float64Array.from(all);
    default:
      return Float32Array.from(all);
  }
}

/** The case as a model; `shapeOf` gives the declared shapes of fed inputs. */
export function modelOf(
  op: string,
  domain: string,
  made: Case & { opset: number },
  shapeOf: (operand: Operand, index: number) => readonly Dim[] = (operand) => operand.dims,
): Model {
  const named = made.inputs.map((operand, index) => (operand ? `in${index}` : ''));
  const fed = made.inputs.flatMap((operand, index) => (operand && !operand.constant ? [{ operand, index }] : []));
  const stored = made.inputs.flatMap((operand, index) => (operand?.constant ? [[`in${index}`, tensorOf(operand)] as const] : []));
  const outputs = Array.from({ length: made.outputs ?? 1 }, (_, index) => `out${index}`);
  return buildModel({
    opset: domain === '' ? made.opset : 17,
    irVersion: 10,
    domains: domain === '' ? {} : { [domain]: 1 },
    inputs: fed.map(({ operand, index }) => ({ name: `in${index}`, type: operand.type ?? 'float32', shape: shapeOf(operand, index) })),
    outputs,
    nodes: [[op, named, outputs, made.attributes ?? {}, { domain }]],
    initializers: Object.fromEntries(stored),
  });
}

const tensorOf = (operand: Operand): Tensor => Tensor.of(DataType[operand.type ?? 'float32'], operand.dims, elementsOf(operand));
