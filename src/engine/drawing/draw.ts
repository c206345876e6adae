import type { Model, Node } from '../onnx/graph.ts';
import { modelsWithin } from '../onnx/chain-metadata.ts';
import { dataTypeName } from '../onnx/data-type.ts';
import { lookUp, type Scope, type Shapes } from '../ops/infer.ts';
import { recordIn } from '../ops/measure/weights.ts';
import type { DrawableEdge, DrawableGraph, DrawableNode } from '../../protocol/drawable.ts';
import type { ViewShape } from '../../protocol/view.ts';
import { attributeText } from './attribute-text.ts';
import { categoryOf } from './category.ts';
import { foldedInto } from './constants.ts';
import { faceOf, likenessOf } from './face.ts';
import { groupNodes } from './grouping/group.ts';
import { moduleNames } from './module-names.ts';

/** An operator where it stands: what is known of the node of the drawing with the same id. */
export interface Place {
  readonly scope: Scope;
  readonly node: Node;
}

export interface Drawing {
  readonly graph: DrawableGraph;
  /** By id; undefined for ends. */
  readonly places: readonly (Place | undefined)[];
}

/** Nodes drawn inside others; beyond that an operator stays closed. Functions may call each other 2^n times. */
const innerBudget = 20_000;
/** Characters of a name or title. */
const longestText = 300;

/**
 * The model as the graph view draws it: the main graph, then what lies inside its operators, outer ones first. Needs the shapes of this model and
 * nothing of its weights. Throws nothing of its own.
 */
export function drawModel(model: Model, shapes: Shapes): Drawing {
  const drawing = new Drawer();
  drawing.drawMain(model, shapes.root);
  drawing.openAll();
  return { graph: drawing.graph, places: drawing.places };
}

/** Where the values of a scope come from, by name. */
interface Sources {
  readonly scope: Scope;
  readonly made: Map<string, { node: number; output: number; value: number }>;
  readonly parent?: Sources;
}

class Drawer {
  readonly graph: DrawableGraph = { nodes: [], edges: [], values: [], groups: [], notes: [] };
  readonly places: (Place | undefined)[] = [];
  /** Operators that can be opened, in the order in which they are, with where their values come from. */
  readonly #closed: { owner: number; inner: readonly Scope[]; outside: Sources }[] = [];
  /** Edges of those operators. */
  readonly #touching = new Map<number, DrawableEdge[]>();
  /** Of operators that are open: the ends inside, by input and output. */
  readonly #ends = new Map<number, { inputs: Map<number, number[]>; outputs: Map<number, number[]> }>();

  drawMain(model: Model, scope: Scope): void {
    const sources: Sources = { scope, made: new Map() };
    // The first ids are the layers': ends come after them, though values come from ends first.
    const ids = this.#addOperators(scope, -1);
    for (const { name } of model.graph.requiredInputs) this.#addInput(sources, name, -1);
    this.#addScope(sources, ids, -1, modelsWithin(model.metadata));
    for (const { name } of model.graph.outputs) this.#addOutput(sources, name, -1);
  }

  openAll(): void {
    let left = innerBudget;
    let kept = 0;
    for (let next = 0; next < this.#closed.length; next++) {
      const { owner, inner, outside } = this.#closed[next]!;
      const size = inner.reduce((sum, { nodes, graph }) => sum + nodes.length + graph.inputs.length + graph.outputs.length, 1);
      if (size > left) kept++;
      else {
        left -= size;
        this.#open(owner, inner, outside);
      }
    }
    if (kept > 0)
      this.graph.notes.push(
        `${kept} ${kept === 1 ? 'operator stays' : 'operators stay'} closed: what lies inside is more than can be drawn.`,
      );
  }

  /** What lies inside an operator: a group in its place, one more for each of several sub-graphs. */
  #open(owner: number, inner: readonly Scope[], outside: Sources): void {
    const { nodes, groups } = this.graph;
    const { node } = this.places[owner]!;
    const place =
      groups.push({ kind: 'node', title: nodes[owner]!.title, lines: [nodes[owner]!.name], parent: nodes[owner]!.group, owner }) - 1;
    const touching = [...(this.#touching.get(owner) ?? [])];
    const ends = { inputs: new Map<number, number[]>(), outputs: new Map<number, number[]>() };
    for (const scope of inner) {
      const title = attributeOf(node, scope) ?? node.op;
      const group = inner.length > 1 ? groups.push({ kind: 'body', title: cut(title), lines: [], parent: place }) - 1 : place;
      const sources: Sources = { scope, made: new Map(), ...(scope.caller ? {} : { parent: outside }) };
      const ids = this.#addOperators(scope, group);
      scope.graph.inputs.forEach(({ name }, input) => {
        if (scope.graph.initializers.has(name)) return;
        push(ends.inputs, input, this.#addInput(sources, name, group));
      });
      this.#addScope(sources, ids, group);
      scope.graph.outputs.forEach(({ name }, at) => {
        // The first output of a Loop's body says whether it goes on.
        push(ends.outputs, node.op === 'Loop' && !scope.caller ? at - 1 : at, this.#addOutput(sources, name, group));
      });
    }
    this.#addConditions(owner, place, touching, ends.inputs);
    for (const edge of touching) {
      if (edge.to === owner) for (const to of ends.inputs.get(edge.input) ?? []) this.#putEdge({ ...edge, to, input: 0 });
      if (edge.from === owner) for (const from of ends.outputs.get(edge.output) ?? []) this.#putEdge({ ...edge, from, output: 0 });
    }
    this.#ends.set(owner, ends);
  }

  /** Ends for what an operator reads and none of its graphs takes by name: the condition of If. */
  #addConditions(owner: number, group: number, touching: readonly DrawableEdge[], ends: Map<number, number[]>): void {
    for (const edge of touching) {
      if (edge.to !== owner || edge.input < 0 || ends.has(edge.input)) continue;
      const { name } = this.graph.values[edge.value]!;
      push(ends, edge.input, this.#addNode({ kind: 'input', category: 'end', title: name, name, lines: [], group }));
    }
  }

  /** The operators of a scope, without edges. */
  #addOperators(scope: Scope, group: number): number[] {
    return scope.nodes.map((node) => {
      const record = recordIn(scope, node);
      const opens = scope.inner.has(node);
      const at = { scope, node, record };
      const attributes = attributeText(node);
      return this.#addNode(
        {
          kind: 'operator',
          category: categoryOf(node, record, opens),
          title: cut(node.qualifiedOp),
          name: cut(node.label),
          lines: faceOf(at),
          group,
          ...(attributes ? { attributes } : {}),
        },
        at,
      );
    });
  }

  /** Edges among the operators of a scope and from outside to them, constants folded, groups found. `models`: names of those of a chain. */
  #addScope(sources: Sources, ids: readonly number[], group: number, models: readonly string[] = []): void {
    const { scope, made } = sources;
    const { nodes, edges } = this.graph;
    const into = foldedInto(scope);
    const first = edges.length;
    scope.nodes.forEach((node, at) => {
      const id = ids[at]!;
      if (into[at]! >= 0) nodes[id]!.into = ids[into[at]!]!;
      else {
        const inner = scope.inner.get(node);
        if (inner) {
          this.#closed.push({ owner: id, inner, outside: sources });
          this.#touching.set(id, []);
        }
        node.outputs.forEach((name, output) => {
          if (name !== '') made.set(name, { node: id, output, value: -1 });
        });
      }
    });
    scope.nodes.forEach((node, at) => {
      if (into[at]! >= 0) return;
      node.inputs.forEach((name, input) => this.#connect(sources, name, ids[at]!, input));
      for (const name of capturesOf(node)) this.#connect(sources, name, ids[at]!, -1);
    });
    const drawn = ids.filter((_, at) => into[at]! < 0);
    const likeness = (id: number): string => likenessOf({ ...this.places[id]!, record: undefined });
    const path = (id: number): string[] | undefined => moduleNames(this.places[id]!.node);
    groupNodes(this.graph, { nodes: drawn, edges: edges.slice(first), parent: group, likeness, path, models });
    for (const id of ids) if (nodes[id]!.into !== undefined) nodes[id]!.group = nodes[nodes[id]!.into]!.group;
  }

  #addInput({ scope, made }: Sources, name: string, group: number): number {
    const id = this.#addNode({ kind: 'input', category: 'end', title: cut(name), name: cut(name), lines: [], group });
    made.set(name, { node: id, output: 0, value: this.#addValue(scope, name) });
    return id;
  }

  #addOutput(sources: Sources, name: string, group: number): number {
    const id = this.#addNode({ kind: 'output', category: 'end', title: cut(name), name: cut(name), lines: [], group });
    this.#connect(sources, name, id, 0);
    return id;
  }

  /** An edge from whoever makes the value; none for constants and for what nobody makes. */
  #connect(sources: Sources, name: string, to: number, input: number): void {
    if (name === '') return;
    for (let at: Sources | undefined = sources; at; at = at.parent) {
      const source = at.made.get(name);
      if (source) {
        if (source.value < 0) source.value = this.#addValue(at.scope, name);
        const { node: from, output, value } = source;
        return this.#addEdge({ from, to, value, output, input });
      }
      if (at.scope.graph.defines(name)) return;
    }
  }

  #addNode(node: DrawableNode, place?: Place): number {
    this.places.push(place);
    return this.graph.nodes.push(node) - 1;
  }

  /** The edge; and the same from and to the ends inside of operators that are open already. */
  #addEdge(edge: DrawableEdge): void {
    const froms = this.#ends.get(edge.from)?.outputs.get(edge.output) ?? [];
    const tos = this.#ends.get(edge.to)?.inputs.get(edge.input) ?? [];
    this.#putEdge(edge);
    for (const to of tos) this.#putEdge({ ...edge, to, input: 0 });
    for (const from of froms) {
      this.#putEdge({ ...edge, from, output: 0 });
      for (const to of tos) this.#putEdge({ ...edge, from, to, output: 0, input: 0 });
    }
  }

  #putEdge(edge: DrawableEdge): void {
    this.graph.edges.push(edge);
    this.#touching.get(edge.from)?.push(edge);
    this.#touching.get(edge.to)?.push(edge);
  }

  #addValue(scope: Scope, name: string): number {
    const known = lookUp(scope, name);
    const type = known?.container ?? (known?.type ? dataTypeName(known.type) : 'unknown');
    return this.graph.values.push({ name: cut(name), type, shape: known?.shape ? cutShape(known.shape) : null }) - 1;
  }
}

const cut = (text: string): string => (text.length > longestText ? `${text.slice(0, longestText)}…` : text);
const cutShape = (shape: ViewShape): ViewShape =>
  shape.some((dim) => typeof dim === 'string') ? shape.map((dim) => (typeof dim === 'string' ? cut(dim) : dim)) : shape;

function push(lists: Map<number, number[]>, key: number, item: number): void {
  const known = lists.get(key);
  if (known) known.push(item);
  else lists.set(key, [item]);
}

function capturesOf(node: Node): string[] {
  if (node.attributes.size === 0) return [];
  return [...new Set(node.graphs().flatMap((inner) => [...inner.captured()]))];
}

/** The attribute that a scope is the graph of. */
function attributeOf(node: Node, { graph }: Scope): string | undefined {
  for (const [name, attribute] of node.attributes) if (attribute.kind === 'graph' && attribute.value === graph) return name;
  return undefined;
}
