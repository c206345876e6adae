import { LatheError } from '../base/errors.ts';
import { NodeList } from './node-list.ts';
import { constantTensor, type Node, type StoredAttribute } from './node.ts';
import { isSorted, topologicalOrder } from './order.ts';
import type { Tensor } from './tensor.ts';
import { type Use, UseIndex } from './use-index.ts';
import type { ValueInfo } from './value.ts';

export { type Attribute, attributes, floatAttribute, Node, type StoredAttribute } from './node.ts';
export type { Use } from './use-index.ts';
export type { Dim, ValueInfo, ValueType } from './value.ts';

/**
 * A graph of nodes joined by value names, as ONNX stores it, with producers and users indexed. Sub-graphs (If, Loop, Scan) and
 * function bodies are graphs too. All changes go through its methods, which keep the index true; `nodes` keeps the stored order.
 * A sub-graph is given to its node before that node is added.
 */
export class Graph {
  name = '';
  readonly initializers = new Map<string, Tensor>();
  readonly valueInfo = new Map<string, ValueInfo>();
  /** @internal other fields of GraphProto (doc_string, quantization annotations, unknown), as read. */
  rest: readonly Uint8Array[] = [];
  #inputs: readonly ValueInfo[] = [];
  #outputs: readonly ValueInfo[] = [];
  #inputNames: ReadonlySet<string> = new Set();
  #outputNames: ReadonlySet<string> = new Set();
  readonly #nodes = new NodeList();
  readonly #producers = new Map<string, Node>();
  readonly #uses = new UseIndex();
  /** Nodes with sub-graphs, and the graphs whose nodes have this one as a sub-graph. */
  readonly #withGraphs = new Set<Node>();
  readonly #parents = new Set<Graph>();
  /** Captures by value, and what this graph itself captures: made when asked for, dropped by any change below. */
  #captures: Map<string, Use[]> | undefined;
  #free: Set<string> | undefined;
  readonly #byLabel = new Map<string, Node>();
  /** Where the search for a free `base_<number>` begins. */
  readonly #nextSuffix = new Map<string, number>();

  /** A snapshot in stored order: a loop over it may add and remove nodes. */
  get nodes(): readonly Node[] {
    return this.#nodes.array;
  }

  get inputs(): readonly ValueInfo[] {
    return this.#inputs;
  }

  set inputs(values: readonly ValueInfo[]) {
    this.#inputs = values;
    this.#inputNames = new Set(values.map((value) => value.name));
    this.#touch();
  }

  get outputs(): readonly ValueInfo[] {
    return this.#outputs;
  }

  set outputs(values: readonly ValueInfo[]) {
    this.#outputs = values;
    this.#outputNames = new Set(values.map((value) => value.name));
    this.#touch();
  }

  has(node: Node): boolean {
    return this.#nodes.has(node);
  }

  producer(value: string): Node | undefined {
    return this.#producers.get(value);
  }

  /** Whether the value comes from this graph itself: a node's output, an initializer or an input. */
  defines(value: string): boolean {
    return this.#producers.has(value) || this.initializers.has(value) || this.#inputNames.has(value);
  }

  /** Every read of the value by this graph's nodes, sub-graph captures included; not the graph's own outputs. */
  users(value: string): readonly Use[] {
    const captures = this.#withGraphs.size ? this.#captureIndex().get(value) : undefined;
    return captures ? [...this.#uses.of(value), ...captures] : [...this.#uses.of(value)];
  }

  isOutput(value: string): boolean {
    return this.#outputNames.has(value);
  }

  isInput(value: string): boolean {
    return this.#inputNames.has(value);
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

  /** The first node with this label (see `Node.label`). */
  nodeByLabel(label: string): Node | undefined {
    const known = this.#byLabel.get(label);
    if (known && known.label === label && this.#nodes.has(known)) return known;
    this.#byLabel.clear();
    for (const node of this.nodes) if (!this.#byLabel.has(node.label)) this.#byLabel.set(node.label, node);
    return this.#byLabel.get(label);
  }

  /** Adds a node, at the end or before/after another one. Throws `graph.duplicate-value` if an output already has a producer. */
  add(node: Node, place: { before?: Node; after?: Node } = {}): Node {
    const anchor = place.before ?? place.after;
    if (anchor && !this.#nodes.has(anchor)) {
      throw new LatheError('graph.unknown-node', 'the node to insert beside is not in this graph', { node: anchor.label });
    }
    for (const output of node.outputs) {
      if (output === '') continue;
      if (this.#producers.has(output)) {
        throw new LatheError('graph.duplicate-value', `two nodes make the value ${JSON.stringify(output)}`, { node: node.label });
      }
      this.#producers.set(output, node);
    }
    this.#link(node);
    if (place.before) this.#nodes.insertAfter(node, this.#nodes.previous(place.before));
    else if (anchor) this.#nodes.insertAfter(node, anchor);
    else this.#nodes.append(node);
    return node;
  }

  /** Removes nodes; their outputs may still be read (by what the caller adds next). */
  remove(...nodes: Node[]): void {
    for (const node of nodes) {
      if (!this.#nodes.has(node)) continue;
      this.#unlink(node);
      for (const output of node.outputs) if (this.#producers.get(output) === node) this.#producers.delete(output);
      this.#nodes.delete(node);
    }
  }

  setInput(node: Node, index: number, value: string): void {
    const inputs = [...node.inputs];
    while (inputs.length <= index) inputs.push('');
    this.#uses.change(node, index, inputs[index]!, value);
    inputs[index] = value;
    while (inputs.length && inputs[inputs.length - 1] === '') inputs.pop();
    (node as { inputs: readonly string[] }).inputs = inputs;
    this.#touch();
  }

  setOutput(node: Node, index: number, value: string): void {
    const outputs = [...node.outputs];
    const old = outputs[index];
    if (old && this.#producers.get(old) === node) this.#producers.delete(old);
    while (outputs.length <= index) outputs.push('');
    outputs[index] = value;
    (node as { outputs: readonly string[] }).outputs = outputs;
    if (value !== '') this.#producers.set(value, node);
    this.#touch();
  }

  /** Every node that reads `from` reads `to` instead, inside sub-graphs too. Graph outputs keep their names. */
  replaceUses(from: string, to: string, except: (use: Use) => boolean = () => false): void {
    for (const use of this.users(from)) {
      if (except(use)) continue;
      if (use.index >= 0) this.setInput(use.node, use.index, to);
      else for (const inner of use.node.graphs()) inner.#renameCaptured(from, to);
    }
  }

  /**
   * Renames a value everywhere: producer, users, initializer, value info. Graph inputs and outputs are renamed as well. Throws
   * `graph.duplicate-value` if this graph defines the new name already.
   */
  rename(from: string, to: string): void {
    if (from === to) return;
    if (this.defines(to)) throw new LatheError('graph.duplicate-value', `there is a value ${JSON.stringify(to)} already`);
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
    if (this.#inputNames.has(from)) this.inputs = retitled(this.inputs, from, to);
    if (this.#outputNames.has(from)) this.outputs = retitled(this.outputs, from, to);
  }

  /** A value name used neither here nor in a graph inside or around this one: `base`, or `base_1`, `base_2` … */
  uniqueName(base: string): string {
    const roots = this.#roots();
    const isTaken = (name: string): boolean => roots.some((root) => root.#mentions(name));
    if (!isTaken(base)) return base;
    let suffix = this.#nextSuffix.get(base) ?? 1;
    while (isTaken(`${base}_${suffix}`)) suffix++;
    this.#nextSuffix.set(base, suffix);
    return `${base}_${suffix}`;
  }

  /** Nodes in an order in which every value is made before it is read; stored order where that already holds. Throws `graph.cycle`. */
  topologicalOrder(): Node[] {
    return this.isSorted() ? [...this.nodes] : topologicalOrder(this);
  }

  /** Whether the stored order makes every value before it is read. */
  isSorted(): boolean {
    return isSorted(this);
  }

  /** Puts the nodes into topological order for good. */
  sort(): void {
    if (!this.isSorted()) this.#nodes.reorder(this.topologicalOrder());
  }

  /** Every value a node reads: its inputs and what its sub-graphs capture from this graph. */
  reads(node: Node): string[] {
    const values = node.inputs.filter((input) => input !== '');
    if (this.#withGraphs.has(node)) for (const inner of node.graphs()) values.push(...inner.captured());
    return values;
  }

  /** Values a sub-graph reads but does not make: they come from the graph around it. */
  captured(): ReadonlySet<string> {
    if (this.#free) return this.#free;
    const free = new Set<string>();
    for (const node of this.nodes) for (const value of this.reads(node)) if (!this.defines(value)) free.add(value);
    for (const output of this.outputs) if (!this.defines(output.name)) free.add(output.name);
    this.#free = free;
    return free;
  }

  /** Drops initializers and value infos that nothing reads any more, and the inputs that IR < 4 listed for those initializers. */
  prune(): void {
    const isRead = (value: string): boolean => this.#uses.has(value) || this.isOutput(value) || this.users(value).length > 0;
    const dropped = new Set([...this.initializers.keys()].filter((name) => !isRead(name)));
    for (const name of dropped) this.initializers.delete(name);
    if (this.inputs.some((input) => dropped.has(input.name))) this.inputs = this.inputs.filter((input) => !dropped.has(input.name));
    for (const name of [...this.valueInfo.keys()]) if (!this.#producers.has(name) && !isRead(name)) this.valueInfo.delete(name);
  }

  /** Removes initializers from the graph's inputs (IR < 4 had to list them there). */
  detachWeightInputs(): void {
    this.inputs = this.inputs.filter((input) => !this.initializers.has(input.name));
  }

  #roots(): Graph[] {
    if (this.#parents.size === 0) return [this];
    return [...this.#parents].flatMap((parent) => parent.#roots());
  }

  #mentions(name: string): boolean {
    if (this.defines(name) || this.#uses.has(name) || this.#outputNames.has(name) || this.valueInfo.has(name)) return true;
    for (const node of this.#withGraphs) if (node.graphs().some((inner) => inner.#mentions(name))) return true;
    return false;
  }

  #renameCaptured(from: string, to: string): void {
    if (this.defines(from)) return;
    this.replaceUses(from, to);
    if (this.#outputNames.has(from)) this.outputs = retitled(this.outputs, from, to);
  }

  #captureIndex(): ReadonlyMap<string, Use[]> {
    if (this.#captures) return this.#captures;
    const index = new Map<string, Use[]>();
    for (const node of this.#withGraphs) {
      const captured = new Set(node.graphs().flatMap((inner) => [...inner.captured()]));
      for (const value of captured) {
        const uses = index.get(value);
        if (uses) uses.push({ node, index: -1 });
        else index.set(value, [{ node, index: -1 }]);
      }
    }
    this.#captures = index;
    return index;
  }

  #link(node: Node): void {
    this.#uses.add(node);
    const inner = node.attributes.size ? node.graphs() : [];
    if (inner.length) {
      this.#withGraphs.add(node);
      this.#captures = undefined;
      for (const graph of inner) graph.#parents.add(this);
    }
    this.#touch();
  }

  #unlink(node: Node): void {
    this.#uses.remove(node);
    if (this.#withGraphs.delete(node)) {
      this.#captures = undefined;
      for (const graph of node.graphs()) graph.#parents.delete(this);
    }
    this.#touch();
  }

  /** What the graphs around this one know of its captures is no longer true. Where nothing is known, nothing above is either. */
  #touch(): void {
    if (!this.#free) return;
    this.#free = undefined;
    for (const parent of this.#parents) {
      parent.#captures = undefined;
      parent.#touch();
    }
  }
}

const retitled = (values: readonly ValueInfo[], from: string, to: string): ValueInfo[] =>
  values.map((value) => (value.name === from ? { name: to, type: value.type } : value));

/** Something odd in a model that does not keep it from being used. */
export interface Finding {
  /** Stable and dotted, as LatheError's. */
  readonly code: string;
  readonly message: string;
  /** Label of the node it is about. */
  readonly node?: string;
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
