import { LatheError } from '../base/errors.ts';
import type { DataType } from './data-type.ts';
import { Tensor } from './tensor.ts';

/** A dimension: a size, a name (symbolic), or null when nothing is known of it. */
export type Dim = number | string | null;

export type ValueType =
  /** `shape` undefined: the rank is unknown. */
  | { kind: 'tensor' | 'sparse'; elementType: DataType; shape?: readonly Dim[] }
  | { kind: 'sequence' | 'optional'; element?: ValueType }
  | { kind: 'map'; keyType: DataType; value?: ValueType }
  | { kind: 'opaque' };

export interface ValueInfo {
  readonly name: string;
  readonly type?: ValueType;
}

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
function constantTensor(node: Node): Tensor | undefined {
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
    else if (value instanceof Graph) map.set(name, { kind: 'graph', value });
    else if ('kind' in (value as object)) map.set(name, value as Attribute);
    else map.set(name, { kind: 'tensor', value: value as Tensor });
  }
  return map;
}

export const floatAttribute = (value: number): Attribute => ({ kind: 'float', value });

/** Something odd in a model that does not keep it from being used. */
export interface Finding {
  /** Stable and dotted, as LatheError's. */
  readonly code: string;
  readonly message: string;
  /** Label of the node it is about. */
  readonly node?: string;
}

/** A place where a value is read: input `index` of `node`; index -1: inside a sub-graph of `node`, which captures it. */
export interface Use {
  readonly node: Node;
  readonly index: number;
}

/**
 * A graph of nodes joined by value names, as ONNX stores it, with producers and users indexed. Sub-graphs (If, Loop, Scan) and
 * function bodies are graphs too. All changes go through its methods, which keep the index true; `nodes` keeps the stored order.
 */
export class Graph {
  name = '';
  inputs: ValueInfo[] = [];
  outputs: ValueInfo[] = [];
  readonly initializers = new Map<string, Tensor>();
  readonly valueInfo = new Map<string, ValueInfo>();
  /** @internal other fields of GraphProto (doc_string, sparse initializers, quantization annotations, unknown), as read. */
  rest: readonly Uint8Array[] = [];
  #nodes: Node[] = [];
  #producers = new Map<string, Node>();
  #users = new Map<string, Use[]>();

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  producer(value: string): Node | undefined {
    return this.#producers.get(value);
  }

  /** Every read of the value by this graph's nodes, sub-graph captures included; not the graph's own outputs. */
  users(value: string): readonly Use[] {
    return this.#users.get(value) ?? [];
  }

  isOutput(value: string): boolean {
    return this.outputs.some((output) => output.name === value);
  }

  isInput(value: string): boolean {
    return this.inputs.some((input) => input.name === value);
  }

  /** Inputs that a caller must feed: those without a default among the initializers (IR < 4 lists weights as inputs). */
  get requiredInputs(): ValueInfo[] {
    return this.inputs.filter((input) => !this.initializers.has(input.name));
  }

  /** The constant behind a value: an initializer or a Constant node's tensor. */
  constant(value: string): Tensor | undefined {
    const stored = this.initializers.get(value);
    if (stored) return stored;
    const node = this.#producers.get(value);
    return node?.qualifiedOp === 'Constant' ? constantTensor(node) : undefined;
  }

  nodeByLabel(label: string): Node | undefined {
    return this.#nodes.find((node) => node.label === label);
  }

  /** Adds a node, at the end or before/after another one. Throws `graph.duplicate-value` if an output already has a producer. */
  add(node: Node, place: { before?: Node; after?: Node } = {}): Node {
    for (const output of node.outputs) {
      if (output === '') continue;
      if (this.#producers.has(output)) {
        throw new LatheError('graph.duplicate-value', `two nodes make the value ${JSON.stringify(output)}`, { node: node.label });
      }
      this.#producers.set(output, node);
    }
    this.#link(node);
    const anchor = place.before ?? place.after;
    if (!anchor) this.#nodes.push(node);
    else this.#nodes.splice(this.#nodes.indexOf(anchor) + (place.after ? 1 : 0), 0, node);
    return node;
  }

  /** Removes nodes; their outputs may still be read (by what the caller adds next). One pass, however many. */
  remove(...nodes: Node[]): void {
    const gone = new Set(nodes);
    for (const node of gone) {
      this.#unlink(node);
      for (const output of node.outputs) if (this.#producers.get(output) === node) this.#producers.delete(output);
    }
    this.#nodes = this.#nodes.filter((node) => !gone.has(node));
  }

  setInput(node: Node, index: number, value: string): void {
    this.#unlink(node);
    const inputs = [...node.inputs];
    while (inputs.length <= index) inputs.push('');
    inputs[index] = value;
    while (inputs.length && inputs[inputs.length - 1] === '') inputs.pop();
    (node as { inputs: readonly string[] }).inputs = inputs;
    this.#link(node);
  }

  setOutput(node: Node, index: number, value: string): void {
    const outputs = [...node.outputs];
    const old = outputs[index];
    if (old) this.#producers.delete(old);
    while (outputs.length <= index) outputs.push('');
    outputs[index] = value;
    (node as { outputs: readonly string[] }).outputs = outputs;
    if (value !== '') this.#producers.set(value, node);
  }

  /** Every node that reads `from` reads `to` instead, inside sub-graphs too. Graph outputs keep their names. */
  replaceUses(from: string, to: string, except: (use: Use) => boolean = () => false): void {
    for (const use of [...this.users(from)]) {
      if (except(use)) continue;
      if (use.index >= 0) this.setInput(use.node, use.index, to);
      else {
        this.#unlink(use.node);
        for (const inner of use.node.graphs()) inner.#renameCaptured(from, to);
        this.#link(use.node);
      }
    }
  }

  /** Renames a value everywhere: producer, users, initializer, value info. Graph inputs and outputs are renamed as well. */
  rename(from: string, to: string): void {
    if (from === to) return;
    const node = this.#producers.get(from);
    if (node) this.setOutput(node, node.outputs.indexOf(from), to);
    this.replaceUses(from, to);
    const tensor = this.initializers.get(from);
    if (tensor) {
      this.initializers.delete(from);
      this.initializers.set(to, tensor);
    }
    const info = this.valueInfo.get(from);
    if (info) {
      this.valueInfo.delete(from);
      this.valueInfo.set(to, { name: to, type: info.type });
    }
    const retitle = (value: ValueInfo): ValueInfo => (value.name === from ? { name: to, type: value.type } : value);
    this.inputs = this.inputs.map(retitle);
    this.outputs = this.outputs.map(retitle);
  }

  /** A value name not used here nor in any sub-graph: `base`, or `base_1`, `base_2` … */
  uniqueName(base: string): string {
    const taken = (name: string): boolean =>
      this.#producers.has(name) ||
      this.#users.has(name) ||
      this.initializers.has(name) ||
      this.isInput(name) ||
      this.isOutput(name) ||
      this.#innerNames().has(name);
    if (!taken(base)) return base;
    for (let i = 1; ; i++) if (!taken(`${base}_${i}`)) return `${base}_${i}`;
  }

  /** Nodes in an order in which every value is made before it is read; stored order where that already holds. Throws `graph.cycle`. */
  topologicalOrder(): Node[] {
    const waiting = new Map<Node, number>();
    const ready: Node[] = [];
    const position = new Map(this.#nodes.map((node, i) => [node, i]));
    for (const node of this.#nodes) {
      const sources = new Set(this.reads(node).map((value) => this.#producers.get(value)));
      sources.delete(undefined);
      waiting.set(node, sources.size);
      if (sources.size === 0) ready.push(node);
    }
    if (this.#isSorted(position)) return [...this.#nodes];
    const order: Node[] = [];
    for (let next = ready.shift(); next; next = ready.shift()) {
      order.push(next);
      const readers = new Set(next.outputs.flatMap((output) => this.users(output).map((use) => use.node)));
      for (const reader of readers) {
        const left = waiting.get(reader)! - 1;
        waiting.set(reader, left);
        if (left === 0) ready.push(reader);
      }
    }
    if (order.length < this.#nodes.length) {
      const stuck = this.#nodes.find((node) => waiting.get(node)! > 0)!;
      throw new LatheError('graph.cycle', 'the graph has a cycle', { node: stuck.label });
    }
    return order;
  }

  /** Puts the nodes into topological order for good. */
  sort(): void {
    this.#nodes = this.topologicalOrder();
  }

  /** Every value a node reads: its inputs and what its sub-graphs capture from this graph. */
  reads(node: Node): string[] {
    const values = node.inputs.filter((input) => input !== '');
    for (const inner of node.graphs()) values.push(...inner.captured());
    return values;
  }

  /** Values a sub-graph reads but does not make: they come from the graph around it. */
  captured(): Set<string> {
    const free = new Set<string>();
    const own = (value: string): boolean => this.#producers.has(value) || this.initializers.has(value) || this.isInput(value);
    for (const node of this.#nodes) for (const value of this.reads(node)) if (!own(value)) free.add(value);
    for (const output of this.outputs) if (!own(output.name)) free.add(output.name);
    return free;
  }

  /** Drops initializers and value infos that nothing reads any more. */
  prune(): void {
    for (const name of [...this.initializers.keys()]) {
      if (!this.#users.has(name) && !this.isOutput(name)) this.initializers.delete(name);
    }
    this.inputs = this.inputs.filter(
      (input) => this.initializers.has(input.name) || this.#users.has(input.name) || !this.#wasWeight.has(input.name),
    );
    for (const name of [...this.valueInfo.keys()]) if (!this.#producers.has(name) && !this.#users.has(name)) this.valueInfo.delete(name);
  }

  /** Removes an initializer from the graph's inputs (IR < 4 had to list it there). */
  detachWeightInputs(): void {
    for (const name of this.initializers.keys()) this.#wasWeight.add(name);
    this.inputs = this.inputs.filter((input) => !this.initializers.has(input.name));
  }

  #wasWeight = new Set<string>();

  #isSorted(position: Map<Node, number>): boolean {
    return this.#nodes.every((node, i) =>
      this.reads(node).every((value) => {
        const source = this.#producers.get(value);
        return !source || position.get(source)! < i;
      }),
    );
  }

  #innerNames(): Set<string> {
    const names = new Set<string>();
    for (const node of this.#nodes) {
      for (const inner of node.graphs()) {
        for (const name of inner.#producers.keys()) names.add(name);
        for (const name of inner.initializers.keys()) names.add(name);
        for (const input of inner.inputs) names.add(input.name);
        for (const name of inner.#innerNames()) names.add(name);
      }
    }
    return names;
  }

  #renameCaptured(from: string, to: string): void {
    if (this.#producers.has(from) || this.initializers.has(from) || this.isInput(from)) return;
    this.replaceUses(from, to);
    this.outputs = this.outputs.map((output) => (output.name === from ? { name: to, type: output.type } : output));
  }

  #link(node: Node): void {
    const add = (value: string, index: number): void => {
      const uses = this.#users.get(value);
      if (uses) uses.push({ node, index });
      else this.#users.set(value, [{ node, index }]);
    };
    node.inputs.forEach((value, index) => {
      if (value !== '') add(value, index);
    });
    const captured = new Set(node.graphs().flatMap((inner) => [...inner.captured()]));
    for (const value of captured) add(value, -1);
  }

  #unlink(node: Node): void {
    for (const value of new Set(this.reads(node))) {
      const left = this.users(value).filter((use) => use.node !== node);
      if (left.length) this.#users.set(value, left);
      else this.#users.delete(value);
    }
  }
}

/** A model-local function (ONNX FunctionProto): a body with named inputs, outputs and attributes. */
export interface ModelFunction {
  readonly name: string;
  readonly domain: string;
  readonly overload: string;
  /** Inputs and outputs have names only. */
  readonly body: Graph;
  /** Attributes that a call must give. */
  readonly attributeNames: readonly string[];
  /** Attributes that a call may leave out. */
  readonly attributeDefaults: ReadonlyMap<string, StoredAttribute>;
  readonly opsets: ReadonlyMap<string, number>;
  /** @internal other fields of FunctionProto, as read. */
  readonly rest: readonly Uint8Array[];
}

/** A whole .onnx file. Nothing below it assumes that it has one graph only: functions and sub-graphs are graphs too. */
export class Model {
  irVersion = 8;
  /** Domain ("" is ai.onnx) to version. */
  readonly opsets = new Map<string, number>();
  producerName = '';
  producerVersion = '';
  domain = '';
  modelVersion = 0;
  docString = '';
  readonly metadata = new Map<string, string>();
  readonly functions: ModelFunction[] = [];
  /** What reading found odd but acceptable (see check.ts); filled by `readModel` and `scanModel`. */
  findings: readonly Finding[] = [];
  /** @internal operator sets ("8:domain") and metadata ("14:key") as read: written back as they were while their value is the same. */
  readonly entries = new Map<string, Uint8Array>();
  /** @internal other fields of ModelProto (training info, configuration, unknown), as read. */
  rest: readonly Uint8Array[] = [];
  /** The file it was read from, as the user named it; for messages and for the folder of external data. */
  path?: string;

  constructor(public graph: Graph = new Graph()) {}

  /** Version of the default operator set. */
  get opset(): number {
    return this.opsets.get('') ?? this.opsets.get('ai.onnx') ?? 1;
  }
}
