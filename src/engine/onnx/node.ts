import type { Graph } from './graph.ts';
import { Tensor } from './tensor.ts';

export type Attribute =
  | { kind: 'float'; value: number }
  /** bigint only beyond ±2^53. */
  | { kind: 'int'; value: number | bigint }
  | { kind: 'string'; value: Uint8Array }
  | { kind: 'tensor'; value: Tensor }
  | { kind: 'graph'; value: Graph }
  | { kind: 'floats'; value: readonly number[] }
  | { kind: 'ints'; value: readonly (number | bigint)[] }
  | { kind: 'strings'; value: readonly Uint8Array[] }
  | { kind: 'tensors'; value: readonly Tensor[] }
  | { kind: 'graphs'; value: readonly Graph[] }
  /** Inside a function body: takes the value of the function's attribute of that name. */
  | { kind: 'reference'; to: string; type: number }
  /** A Constant's `sparse_value`: see the tensor source 'sparse'. */
  | { kind: 'sparse'; value: Tensor }
  /** Type protos, lists of sparse tensors and whatever a later ONNX adds: the whole AttributeProto, kept as it was read. */
  | { kind: 'other'; type: number; message: Uint8Array };

/** Attributes never change: to alter one, set another in its place. */
export type StoredAttribute = Readonly<Attribute>;

const text = new TextDecoder();
const utf8 = new TextEncoder();

/** One operator in a graph. Its edges are names of values; "" is an absent optional one. Change edges through the graph. */
export class Node {
  /** @internal the NodeProto's other fields (doc_string, overload, metadata, unknown), as read. */
  rest: readonly Uint8Array[] = [];

  constructor(
    public name: string,
    readonly op: string,
    readonly inputs: readonly string[],
    readonly outputs: readonly string[],
    readonly attributes: Map<string, StoredAttribute> = new Map(),
    readonly domain = '',
    readonly overload = '',
  ) {}

  /** What users call it: its name, or its first output when it has none (recipe.md, "Names"). */
  get label(): string {
    return this.name || this.outputs.find((output) => output !== '') || this.op;
  }

  /** "Conv", or "com.microsoft::QLinearAdd" outside the default domain. */
  get qualifiedOp(): string {
    return this.domain === '' || this.domain === 'ai.onnx' ? this.op : `${this.domain}::${this.op}`;
  }

  int(name: string): number | undefined;
  int(name: string, fallback: number): number;
  int(name: string, fallback?: number): number | undefined {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'int' ? Number(attribute.value) : fallback;
  }

  float(name: string, fallback: number): number {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'float' ? attribute.value : fallback;
  }

  ints(name: string): number[] | undefined {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'ints' ? attribute.value.map(Number) : undefined;
  }

  floats(name: string): number[] | undefined {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'floats' ? [...attribute.value] : undefined;
  }

  string(name: string, fallback: string): string {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'string' ? text.decode(attribute.value) : fallback;
  }

  tensor(name: string): Tensor | undefined {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'tensor' ? attribute.value : undefined;
  }

  graphs(): Graph[] {
    const found: Graph[] = [];
    for (const attribute of this.attributes.values()) {
      if (attribute.kind === 'graph') found.push(attribute.value);
      else if (attribute.kind === 'graphs') found.push(...attribute.value);
    }
    return found;
  }
}

/** The tensor a Constant node makes, from whichever attribute holds it (Constant-13: value, sparse_value, value_float(s), value_int(s)). */
export function constantTensor(node: Node): Tensor | undefined {
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'tensor' || attribute.kind === 'sparse') return attribute.value;
    if (name === 'value_float' && attribute.kind === 'float') return Tensor.float32([], [attribute.value]);
    if (name === 'value_floats' && attribute.kind === 'floats') return Tensor.float32([attribute.value.length], attribute.value);
    if (name === 'value_int' && attribute.kind === 'int') return Tensor.int64([], [attribute.value]);
    if (name === 'value_ints' && attribute.kind === 'ints') return Tensor.int64([attribute.value.length], attribute.value);
  }
  return undefined;
}

/** Builds an attribute map from plain values: integers become int(s), other numbers float(s). Use `floatAttribute` for 1.0. */
export function attributes(
  values: Record<string, number | string | readonly number[] | Tensor | Graph | Attribute | undefined>,
): Map<string, StoredAttribute> {
  const map = new Map<string, StoredAttribute>();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if (typeof value === 'number') map.set(name, Number.isInteger(value) ? { kind: 'int', value } : { kind: 'float', value });
    else if (typeof value === 'string') map.set(name, { kind: 'string', value: utf8.encode(value) });
    else if (Array.isArray(value)) map.set(name, value.every(Number.isInteger) ? { kind: 'ints', value } : { kind: 'floats', value });
    else if ('nodes' in (value as object)) map.set(name, { kind: 'graph', value: value as Graph });
    else if ('kind' in (value as object)) map.set(name, value as Attribute);
    else map.set(name, { kind: 'tensor', value: value as Tensor });
  }
  return map;
}

export const floatAttribute = (value: number): Attribute => ({ kind: 'float', value });
