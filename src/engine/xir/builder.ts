import type { XirAttribute, XirGraph, XirOp } from './graph.ts';

/** Attributes as plain values: whole numbers become int32, lists of them int32_vec. `real` and `reals` mark float32. */
export type Plain = boolean | number | string | readonly number[] | Uint8Array | { real: number } | { reals: readonly number[] };

function attribute(value: Plain): XirAttribute {
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (typeof value === 'number') return { kind: 'int32', value };
  if (typeof value === 'string') return { kind: 'string', value };
  if (value instanceof Uint8Array) return { kind: 'bytes', value };
  if ('real' in value) return { kind: 'float', value: value.real };
  if ('reals' in value) return { kind: 'float_vec', value: value.reals };
  return { kind: 'int32_vec', value };
}

/** Largest name that is kept whole; longer ones are cut before their number. */
const longestName = 200;

/**
 * Puts a quantized graph together as the vendor's quantizer writes one (vai_q_pytorch 3.5, nndct_shared/compile): parameters first, every
 * tensor float32 with the name of its op, names of letters, digits and `_` only.
 */
export class XirBuilder {
  readonly #parameters: XirOp[] = [];
  readonly #nodes: XirOp[] = [];
  readonly #ops = new Map<string, XirOp>();

  constructor(private readonly name: string) {}

  /** A free name that reads like `wanted`. */
  free(wanted: string): string {
    const plain = wanted.replace(/[^0-9A-Za-z]/g, '_').slice(0, longestName) || 'op';
    if (!this.#ops.has(plain)) return plain;
    for (let i = 1; ; i++) if (!this.#ops.has(`${plain}_${i}`)) return `${plain}_${i}`;
  }

  op(
    type: string,
    wanted: string,
    inputs: Readonly<Record<string, readonly string[]>>,
    shape: readonly number[],
    attributes: Readonly<Record<string, Plain>> = {},
  ): string {
    return this.#add(this.#nodes, type, wanted, inputs, shape, attributes);
  }

  data(wanted: string, shape: readonly number[]): string {
    return this.op('data', wanted, {}, shape, { shape, data_type: 'FLOAT32' });
  }

  /** A stored tensor; `fix` where it is rounded to 8 bits at a position. */
  parameter(wanted: string, shape: readonly number[], values: Float32Array, position?: number): string {
    const data = new Uint8Array(values.length * 4);
    const view = new DataView(data.buffer);
    values.forEach((value, i) => view.setFloat32(4 * i, value, true));
    const constant = this.#add(this.#parameters, 'const', wanted, {}, shape, { shape, data_type: 'float32', data });
    return position === undefined ? constant : this.#fix(this.#parameters, constant, position, 8);
  }

  /** A stored tensor that stands where it is read: the factor of a mean. */
  constant(wanted: string, shape: readonly number[], values: readonly number[]): string {
    const data = new Uint8Array(Float32Array.from(values).buffer);
    return this.op('const', wanted, {}, shape, { shape, data_type: 'float32', data });
  }

  fix(of: string, position: number, bits: number): string {
    return this.#fix(this.#nodes, of, position, bits);
  }

  #fix(list: XirOp[], of: string, position: number, bits: number): string {
    const attributes = { fix_point: position, bit_width: bits, round_mode: 'DPU_ROUND', if_signed: true };
    return this.#add(list, 'fix', `${of}_fix`, { input: [of] }, this.shape(of), attributes);
  }

  #add(
    list: XirOp[],
    type: string,
    wanted: string,
    inputs: Readonly<Record<string, readonly string[]>>,
    shape: readonly number[],
    attributes: Readonly<Record<string, Plain>>,
  ): string {
    const name = this.free(wanted);
    const op: XirOp = {
      name,
      type,
      attributes: new Map(Object.entries(attributes).map(([key, value]) => [key, attribute(value)])),
      inputs: new Map(Object.entries(inputs).filter(([, ops]) => ops.length > 0)),
      tensor: { name, shape, dataType: 'FLOAT', bits: 32, attributes: new Map() },
    };
    this.#ops.set(name, op);
    list.push(op);
    return name;
  }

  shape(op: string): readonly number[] {
    return this.#ops.get(op)!.tensor.shape;
  }

  typeOf(op: string): string {
    return this.#ops.get(op)!.type;
  }

  /** The whole graph; `results` are the ops that it is run for. */
  graph(results: readonly string[]): XirGraph {
    const ops = [...this.#parameters, ...this.#nodes];
    return {
      name: this.name,
      ops,
      root: { name: 'root', ops: ops.map(({ name }) => name), attributes: new Map(), children: [] },
      attributes: new Map([['return_ops', { kind: 'string_vec', value: results }]]),
      definitions: [],
    };
  }
}
