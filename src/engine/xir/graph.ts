import type { StoredRange } from '../onnx/wire-reader.ts';

/** Contents of a `bytes` attribute: read, or left in the file where they are long and only the graph is wanted. */
export type XirBytes = Uint8Array | StoredRange;

type Scalar = {
  bool: boolean;
  int32: number;
  uint32: number;
  int64: bigint;
  uint64: bigint;
  float: number;
  double: number;
  string: string;
};
type Mapped = Pick<Scalar, 'int32' | 'uint32' | 'int64' | 'uint64' | 'string'> & { bytes: XirBytes };

/**
 * A value with its kind. The kind matters: the vendor's library reads an attribute by the type that the operator's definition gives it, and
 * refuses any other. 64-bit numbers are bigint, fingerprints do not fit a number.
 */
export type XirAttribute =
  | { [K in keyof Scalar]: { readonly kind: K; readonly value: Scalar[K] } }[keyof Scalar]
  | { readonly kind: 'bytes'; readonly value: XirBytes }
  | { [K in keyof Scalar]: { readonly kind: `${K}_vec`; readonly value: readonly Scalar[K][] } }[keyof Scalar]
  | { readonly kind: 'bytes_vec'; readonly value: readonly XirBytes[] }
  | { [K in keyof Mapped]: { readonly kind: `map_string_${K}`; readonly value: ReadonlyMap<string, Mapped[K]> } }[keyof Mapped]
  | {
      [K in 'int32' | 'uint32' | 'int64' | 'uint64' | 'string']: {
        readonly kind: `map_string_${K}_vec`;
        readonly value: ReadonlyMap<string, readonly Scalar[K][]>;
      };
    }['int32' | 'uint32' | 'int64' | 'uint64' | 'string'];

export type XirAttributes = ReadonlyMap<string, XirAttribute>;

/** Element types by the number that stands in the file. */
export const xirDataTypes = ['INT', 'UINT', 'XINT', 'XUINT', 'FLOAT', 'BFLOAT', 'UNKNOWN'] as const;
export type XirDataType = (typeof xirDataTypes)[number];

/** What an op makes. It has the op's name. Feature maps are NHWC. */
export interface XirTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dataType: XirDataType;
  readonly bits: number;
  readonly attributes: XirAttributes;
}

export interface XirOp {
  readonly name: string;
  readonly type: string;
  readonly attributes: XirAttributes;
  /** Names of ops by the argument that they are given as: `input`, `weights`, `bias`. */
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  readonly tensor: XirTensor;
}

/** A part of the graph: ops, or further parts. In a compiled file the parts below the root run on one device each. */
export interface XirSubgraph {
  readonly name: string;
  readonly ops: readonly string[];
  readonly attributes: XirAttributes;
  readonly children: readonly XirSubgraph[];
}

/** A file of Xilinx' intermediate representation (`.xmodel`): a quantized graph for the compiler, or what the compiler made of it. */
export interface XirGraph {
  readonly name: string;
  /** Each one behind those that it reads. */
  readonly ops: readonly XirOp[];
  readonly root: XirSubgraph | undefined;
  readonly attributes: XirAttributes;
  /** Definitions of operators as the vendor's writer adds them, not looked into: fields of the message, tags included. */
  readonly definitions: readonly Uint8Array[];
}
