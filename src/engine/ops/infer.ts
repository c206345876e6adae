import { LatheError } from '../base/errors.ts';
import { DataType, dataTypeName } from '../onnx/data-type.ts';
import { Node } from '../onnx/graph.ts';
import type { Dim, Graph, Model, ModelFunction, StoredAttribute, ValueInfo, ValueType } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { findRecord, versionOf } from './index.ts';
import type { Inferred, InferenceContext } from './record.ts';
import { formatShape, mergeDims, mergeShapes } from './shape/dims.ts';
import { constantElements } from './shape/elements.ts';
import { shapeError } from './shape/operand.ts';

export interface InferOptions {
  /** Shapes to give inputs, by name; a free dimension may stay a name or null. */
  readonly bind?: Readonly<Record<string, readonly Dim[]>>;
}

/** What is known of the values of one graph as it is used at one place. A function body or sub-graph has one scope per place. */
export interface Scope {
  readonly graph: Graph;
  readonly values: ReadonlyMap<string, Inferred>;
  /** The graph around, whose values a sub-graph may read; undefined for the main graph and for function bodies. */
  readonly parent?: Scope;
  /** Where a function body is called from; undefined for the main graph and sub-graphs. */
  readonly caller?: { readonly scope: Scope; readonly node: Node };
  /** Nodes in execution order, with attributes as they are at this place (references of a function body filled in). */
  readonly nodes: readonly Node[];
  /** Version of every domain in this graph. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Scopes of the sub-graphs or of the called function's body, by node of `nodes`. */
  readonly inner: ReadonlyMap<Node, readonly Scope[]>;
}

/** The result of inferShapes. */
export class Shapes {
  readonly #scopes = new Map<Graph, Scope>();
  #onePicture?: Shapes;

  constructor(
    /** The main graph; for walks that need sub-graphs and function bodies at the place of their use. */
    readonly root: Scope,
    /** What was odd but is no error: declared shapes that the model contradicts. */
    readonly notes: readonly string[],
  ) {
    const open = [root];
    for (let scope = open.pop(); scope; scope = open.pop()) {
      this.#scopes.set(scope.graph, scope);
      for (const scopes of scope.inner.values()) open.push(...scopes);
    }
  }

  /** What is known of a value of the main graph, or of `graph` (a sub-graph sees the values around it too). */
  of(value: string, graph: Graph = this.root.graph): Inferred | undefined {
    return lookUp(this.#scopes.get(graph), value);
  }

  /** The same for one picture: every input's first dimension is 1 where it is free. `model` is the one that these shapes are of. */
  forOnePicture(model: Model): Shapes {
    return (this.#onePicture ??= this.#withBatchOfOne(model));
  }

  #withBatchOfOne(model: Model): Shapes {
    const bind: Record<string, readonly Dim[]> = {};
    let free = false;
    for (const { name } of model.graph.requiredInputs) {
      const shape = this.of(name)?.shape;
      if (!shape) continue;
      const batch = shape.length > 0 && typeof shape[0] !== 'number';
      free ||= batch;
      bind[name] = batch ? [1, ...shape.slice(1)] : shape;
    }
    return free ? inferShapes(model, { bind }) : this;
  }
}

export function lookUp(scope: Scope | undefined, value: string): Inferred | undefined {
  for (let at = scope; at; at = at.parent) {
    const found = at.values.get(value);
    if (found) return found;
  }
  return undefined;
}

/**
 * Types and shapes of every value of a model, without running it: named dimensions are kept, small integer tensors followed element by
 * element, sub-graphs and functions entered, declared value infos used where inference knows less. Throws `model.shape` and `model.type`
 * where operands contradict each other (with node, found and expected), `graph.cycle`, and `model.bind` for bindings that do not fit.
 */
export function inferShapes(model: Model, options: InferOptions = {}): Shapes {
  return new Inference(model, options).run();
}

/** Node visits allowed in sub-graphs and function bodies beyond the model's own nodes: functions may call each other 2^n times. */
const visitBudget = 100_000;
/** Function calls and sub-graphs inside each other; ONNX files nest far less. */
const depthLimit = 100;

interface MutableScope extends Scope {
  readonly values: Map<string, Inferred>;
  readonly parent?: MutableScope;
  readonly nodes: Node[];
  readonly inner: Map<Node, Scope[]>;
  readonly depth: number;
  /** Attributes of the call, inside a function body and its sub-graphs. */
  readonly call?: ReadonlyMap<string, StoredAttribute>;
}

class Inference {
  readonly #functions: ReadonlyMap<string, ModelFunction>;
  readonly #symbols = new Map<string, Dim>();
  readonly #notes: string[] = [];
  #visits = 0;
  #fresh = 0;

  constructor(
    readonly model: Model,
    readonly options: InferOptions,
  ) {
    this.#functions = new Map(model.functions.map((body) => [functionKey(body.domain, body.name, body.overload), body]));
  }

  run(): Shapes {
    const { graph, opsets } = this.model;
    this.#visits = -graph.nodes.length;
    const inputs = this.#boundInputs(graph);
    const root = this.#scope(graph, opsets, 0);
    this.#enter(root, inputs);
    return new Shapes(root, this.#notes);
  }

  /** Shapes of the main graph's inputs after binding; names that a binding fixes are fixed everywhere. */
  #boundInputs(graph: Graph): (Inferred | undefined)[] {
    const bind = new Map(Object.entries(this.options.bind ?? {}));
    const declared = graph.inputs.map((input) => inferredFrom(input.type));
    for (const name of bind.keys()) {
      if (!graph.isInput(name)) {
        const known = graph.requiredInputs.map((input) => input.name).join(', ');
        throw new LatheError('model.bind', `the model has no input ${JSON.stringify(name)} to give a shape`, {
          hint: `its inputs: ${known}`,
        });
      }
    }
    const bound = graph.inputs.map(({ name }, i) => {
      const shape = bind.get(name);
      if (!shape) return declared[i];
      return { type: declared[i]?.type ?? DataType.undefined, shape: this.#bindShape(name, declared[i]?.shape, shape) };
    });
    return bound.map((input) => input && this.#substituted(input));
  }

  #bindShape(name: string, declared: readonly Dim[] | undefined, shape: readonly Dim[]): readonly Dim[] {
    if (shape.some((dim) => typeof dim === 'number' && (dim < 0 || !Number.isSafeInteger(dim)))) {
      throw new LatheError('model.bind', `${formatShape(shape)} is no shape for input ${JSON.stringify(name)}`);
    }
    if (!declared) return shape;
    const merged = mergeShapes(declared, shape);
    if (!merged) {
      throw new LatheError('model.bind', `input ${JSON.stringify(name)} is ${formatShape(declared)}; it cannot be ${formatShape(shape)}`);
    }
    for (const [axis, dim] of declared.entries()) {
      const value = merged[axis]!;
      if (typeof dim !== 'string' || typeof value !== 'number') continue;
      const before = this.#symbols.get(dim);
      this.#symbols.set(dim, before === undefined || before === value ? value : null);
    }
    return merged;
  }

  /** Replaces names that a binding has fixed. */
  #substituted(value: Inferred): Inferred {
    if (this.#symbols.size === 0 || !value.shape?.some((dim) => typeof dim === 'string')) return value;
    return {
      ...value,
      shape: value.shape.map((dim) => (typeof dim === 'string' && this.#symbols.has(dim) ? this.#symbols.get(dim)! : dim)),
    };
  }

  #scope(
    graph: Graph,
    opsets: ReadonlyMap<string, number>,
    depth: number,
    links: Pick<MutableScope, 'parent' | 'caller' | 'call'> = {},
  ): MutableScope {
    return { graph, opsets, depth, values: new Map(), nodes: [], inner: new Map(), ...links };
  }

  /** Infers one graph with these inputs; fills the scope. */
  #enter(scope: MutableScope, inputs: readonly (Inferred | undefined)[]): void {
    const { graph, values } = scope;
    graph.inputs.forEach(({ name, type }, i) => {
      const value = this.#merged(inputs[i], inferredFrom(type), name, undefined);
      if (value) values.set(name, value);
    });
    for (const [name, tensor] of graph.initializers) {
      const elements = constantElements(tensor);
      const value = { type: tensor.type, shape: tensor.dims, ...(elements && { elements }) };
      values.set(name, this.#merged(value, scope.parent ? undefined : values.get(name), name, undefined) ?? value);
    }
    const declared = new Map<string, ValueInfo>(graph.valueInfo);
    for (const output of graph.outputs) declared.set(output.name, output);
    for (const stored of graph.topologicalOrder()) {
      const node = scope.call ? resolved(stored, scope.call) : stored;
      scope.nodes.push(node);
      const outputs = this.#visit(scope, node);
      node.outputs.forEach((name, i) => {
        if (name === '') return;
        const value = this.#merged(outputs[i], inferredFrom(declared.get(name)?.type), name, node);
        if (value) values.set(name, value);
      });
    }
  }

  #visit(scope: MutableScope, node: Node): (Inferred | undefined)[] {
    if (++this.#visits > visitBudget) return [];
    const called = this.#functions.size === 0 ? undefined : this.#functions.get(functionKey(node.domain, node.op, node.overload));
    if (called) return this.#call(scope, node, called);
    const version = versionOf(scope.opsets, node.domain);
    const record = findRecord(node.domain, node.op, version);
    if (!record) return [];
    const outputs = record.infer(this.#context(scope, node, version));
    for (const value of outputs) checkSizes(node, value?.shape);
    return outputs;
  }

  #context(scope: MutableScope, node: Node, opset: number): InferenceContext {
    return {
      node,
      opset,
      input: (index) => lookUp(scope, node.inputs[index] ?? ''),
      constant: (index) => constantOf(scope, node.inputs[index] ?? ''),
      inferGraph: (graph, inputs) => this.#subgraph(scope, node, graph, inputs),
      // Inside a sub-graph such a size may differ from round to round: there it stays unknown.
      freshDim: () => (scope.parent ? null : `${node.label}_dim${this.#fresh++}`),
    };
  }

  #subgraph(outer: MutableScope, node: Node, graph: Graph, inputs: readonly (Inferred | undefined)[]): (Inferred | undefined)[] {
    if (outer.depth >= depthLimit) return [];
    const scope = this.#scope(graph, outer.opsets, outer.depth + 1, { parent: outer, call: outer.call });
    this.#enter(scope, inputs);
    const others = (outer.inner.get(node) ?? []).filter((known) => known.graph !== graph);
    outer.inner.set(node, [...others, scope]);
    return graph.outputs.map((output) => lookUp(scope, output.name));
  }

  /** A call of a model-local function: its body with the call's inputs and attributes. Calls in a circle end at the depth limit. */
  #call(outer: MutableScope, node: Node, called: ModelFunction): (Inferred | undefined)[] {
    if (outer.depth >= depthLimit) return [];
    const scope = this.#scope(called.body, called.opsets, outer.depth + 1, {
      caller: { scope: outer, node },
      call: new Map([...called.attributeDefaults, ...node.attributes]),
    });
    this.#enter(
      scope,
      called.body.inputs.map((_, i) => lookUp(outer, node.inputs[i] ?? '')),
    );
    outer.inner.set(node, [scope]);
    return called.body.outputs.map((output) => lookUp(scope, output.name));
  }

  /** Inference and declaration together. Inference wins over a declared shape that contradicts it, as in ONNX Runtime; types must agree. */
  #merged(inferred: Inferred | undefined, given: Inferred | undefined, name: string, node: Node | undefined): Inferred | undefined {
    const declared = given && this.#substituted(given);
    if (!inferred || !declared) return inferred ?? declared;
    if (inferred.container || declared.container) return inferred.container ? inferred : declared;
    const type = inferred.type === DataType.undefined ? declared.type : inferred.type;
    if (declared.type !== DataType.undefined && declared.type !== type) {
      throw new LatheError(
        'model.type',
        `the model declares ${JSON.stringify(name)} as ${dataTypeName(declared.type)}, but it is ${dataTypeName(type)}`,
        { ...(node && { node: node.label }) },
      );
    }
    if (!inferred.shape || !declared.shape) return { ...inferred, type, shape: inferred.shape ?? declared.shape };
    const shape = preferInferred(inferred.shape, declared.shape);
    if (!shape)
      this.#notes.push(`${JSON.stringify(name)} is declared as ${formatShape(declared.shape)}, but it is ${formatShape(inferred.shape)}`);
    return { ...inferred, type, shape: shape ?? inferred.shape };
  }
}

/**
 * The inferred shape with its unknown dimensions taken from the declaration; undefined when two numbers contradict each other. A name that
 * inference found stays even beside a declared number: exporters write down the size they saw in their one trace.
 */
function preferInferred(inferred: readonly Dim[], declared: readonly Dim[]): readonly Dim[] | undefined {
  if (inferred.length !== declared.length) return undefined;
  if (inferred.some((dim, axis) => mergeDims(dim, declared[axis]!) === undefined)) return undefined;
  return inferred.map((dim, axis) => dim ?? declared[axis]!);
}

/** No rule may claim a size that cannot be, whatever numbers a hostile model feeds it. */
function checkSizes(node: Node, shape: readonly Dim[] | undefined): void {
  if (!shape || shape.every((dim) => typeof dim !== 'number' || (dim >= 0 && Number.isSafeInteger(dim)))) return;
  throw shapeError(node, `would make a tensor of shape ${formatShape(shape)}`);
}

/** Written so that no two names can run together. */
const functionKey = (domain: string, name: string, overload: string): string =>
  JSON.stringify([domain === 'ai.onnx' ? '' : domain, name, overload]);

/** A node of a function body with its attribute references filled in from the call; absent ones are dropped. */
function resolved(node: Node, call: ReadonlyMap<string, StoredAttribute>): Node {
  if (![...node.attributes.values()].some((attribute) => attribute.kind === 'reference')) return node;
  const attributes = new Map<string, StoredAttribute>();
  for (const [name, attribute] of node.attributes) {
    const value = attribute.kind === 'reference' ? call.get(attribute.to) : attribute;
    if (value) attributes.set(name, value);
  }
  return new Node(node.name, node.op, node.inputs, node.outputs, attributes, node.domain, node.overload);
}

function constantOf(scope: Scope, value: string): Tensor | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const tensor = at.graph.constant(value);
    if (tensor) return tensor.source.kind === 'bytes' ? tensor : undefined;
    if (at.values.has(value)) return undefined;
  }
  return undefined;
}

/** Some exporters write a negative size or an empty name for "free". */
const declaredDim = (dim: Dim): Dim => (dim === '' || (typeof dim === 'number' && dim < 0) ? null : dim);

/** A declared type in inference's own form. */
export function inferredFrom(type: ValueType | undefined): Inferred | undefined {
  switch (type?.kind) {
    case 'tensor':
    case 'sparse':
      return { type: type.elementType, ...(type.shape && { shape: type.shape.map(declaredDim) }) };
    case 'sequence':
    case 'optional': {
      const element = inferredFrom(type.element);
      return { type: element?.type ?? DataType.undefined, ...(element?.shape && { shape: element.shape }), container: type.kind };
    }
    case 'map':
      return { type: DataType.undefined, container: 'map' };
    default:
      return undefined;
  }
}
