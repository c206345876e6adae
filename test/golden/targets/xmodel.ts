import { decodeXir } from '../../../src/engine/xir/codec.ts';
import type { XirAttribute } from '../../../src/engine/xir/graph.ts';

/** An operator of a recorded graph, with plain values. */
export interface XirOp {
  readonly name: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, XirValue>>;
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly shape: readonly number[];
}

export type XirValue = XirAttribute['value'];

export const readXmodel = (bytes: Uint8Array): XirOp[] =>
  decodeXir(bytes).ops.map(({ name, type, attributes, inputs, tensor }) => ({
    name,
    type,
    attributes: Object.fromEntries([...attributes].map(([key, { value }]) => [key, value])),
    inputs: Object.fromEntries(inputs),
    shape: tensor.shape,
  }));
