import type { DiffedModel, DiffNode, ModelDiff, Sides } from '../../../protocol/diff.ts';
import type { DrawableGraph } from '../../../protocol/drawable.ts';
import type { Model, Node } from '../../onnx/graph.ts';
import { layerCosts, modelCost, type LayerCost } from '../../ops/cost.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import { drawModel, type Drawing } from '../draw.ts';
import { absorbers, foldsIntoWeights } from './absorbed.ts';
import { layerChanges, weightBits } from './changes.ts';
import { foldQuantizers } from './fold-quantizers.ts';
import { isQuantizer, type Unit } from './folded.ts';
import { matchDrawings } from './match-drawings.ts';
import { matchModels, type Matching } from './match.ts';
import { mergeDrawings, mergeIds, type MergedIds } from './merge.ts';
import { pause } from './pause.ts';

/** A model that is compared, and the size of its file. */
export interface DiffSource {
  readonly model: Model;
  readonly fileBytes: number;
}

/** What is kept of a comparison to look into single layers. */
export interface Diff {
  readonly view: ModelDiff;
  /** The drawing with quantizers as nodes of their own, under the same ids. Drawn at every call: it is as large as the other. */
  withQuantizers(): DrawableGraph;
  readonly matching: Matching;
  readonly ids: MergedIds;
  readonly a: Side;
  readonly b: Side;
}

export interface Side {
  readonly model: Model;
  readonly shapes: Shapes;
  readonly layers: readonly LayerCost[];
  readonly drawing: Drawing;
}

/**
 * Two scanned models as one drawing with what changed. `told`: now and then the share that is done, 0 to 1; others work in between. Throws as
 * `matchModels`.
 */
export async function diffModels(
  a: DiffSource,
  b: DiffSource,
  signal: AbortSignal,
  told: (done: number) => void = () => undefined,
): Promise<Diff> {
  const step = (done: number): Promise<void> => {
    told(done);
    return pause(signal);
  };
  await step(0);
  const matching = await matchModels(a.model, b.model, signal);
  await step(0.12);
  const left = await sideOf(a.model, signal);
  await step(0.23);
  const right = await sideOf(b.model, signal);
  await step(0.45);
  const ids = mergeIds(
    left.drawing.graph.nodes.length,
    right.drawing.graph.nodes.length,
    matchDrawings(matching, left.drawing, right.drawing),
  );
  const [foldedA, foldedB] = [left, right].map(({ drawing }) => foldQuantizers(drawing.graph, quantizersOf(drawing))) as [
    DrawableGraph,
    DrawableGraph,
  ];
  await step(0.5);
  const graph = mergeDrawings(foldedA, foldedB, ids);
  await step(0.6);
  const nodes = await new NodeDiffs(matching, left, right, ids).all(graph, signal);
  addLines(graph, nodes);
  await step(0.72);
  const before = modelOf(a, left, matching.a.units);
  await step(0.85);
  const models = { a: before, b: modelOf(b, right, matching.b.units) };
  const withQuantizers = (): DrawableGraph => addLines(mergeDrawings(left.drawing.graph, right.drawing.graph, ids), nodes);
  return { view: { models, graph, nodes, notes: graph.notes }, withQuantizers, matching, ids, a: left, b: right };
}

async function sideOf(model: Model, signal: AbortSignal): Promise<Side> {
  const shapes = inferShapes(model);
  await pause(signal);
  const layers = layerCosts(model, shapes);
  await pause(signal);
  return { model, shapes, layers, drawing: drawModel(model, shapes) };
}

const quantizersOf =
  ({ places }: Drawing) =>
  (id: number): boolean => {
    const node = places[id]?.node;
    return node !== undefined && isQuantizer(node);
  };

/** What changed stands on the node itself, the first two of it. */
function addLines(graph: DrawableGraph, nodes: readonly DiffNode[]): DrawableGraph {
  nodes.forEach(({ status, changes }, id) => {
    const node = graph.nodes[id]!;
    if (status === 'same' || node.into !== undefined) return;
    const told = changes.filter((change) => !node.lines.some((line) => line.includes('→') && change.endsWith(line)));
    node.lines = [...told.slice(0, 2), ...node.lines];
  });
  return graph;
}

function modelOf({ model, fileBytes }: DiffSource, { shapes, layers }: Side, units: readonly Unit[]): DiffedModel {
  const { parameters, weightBytes, macs } = modelCost(model, shapes);
  const bits = new Map<number, number>();
  for (const unit of units) {
    const width = weightBits(unit);
    if (width !== undefined) bits.set(width, (bits.get(width) ?? 0) + 1);
  }
  const sorted = [...bits].sort((x, y) => y[1] - x[1] || x[0] - y[0]);
  return { fileBytes, format: `ONNX, opset ${model.opset}`, parameters, weightBytes, macs, layers: layers.length, bits: sorted };
}

/** Nodes that are looked at without a pause. */
const nodesAtOnce = 5000;

class NodeDiffs {
  readonly #indexA: ReadonlyMap<Node, number>;
  readonly #indexB: ReadonlyMap<Node, number>;
  readonly #absorbers: ReturnType<typeof absorbers>;

  constructor(
    readonly matching: Matching,
    readonly a: Side,
    readonly b: Side,
    readonly ids: MergedIds,
  ) {
    this.#indexA = new Map(a.layers.map(({ node }, index) => [node, index]));
    this.#indexB = new Map(b.layers.map(({ node }, index) => [node, index]));
    this.#absorbers = absorbers(matching);
  }

  async all({ nodes }: DrawableGraph, signal: AbortSignal): Promise<DiffNode[]> {
    const found: DiffNode[] = [];
    for (const [id, one] of this.ids.a.entries()) {
      if (id % nodesAtOnce === nodesAtOnce - 1) await pause(signal);
      found.push(this.#node(one, this.ids.b[id]!, nodes[id]!.into !== undefined));
    }
    return found;
  }

  #node(one: number, other: number, part: boolean): DiffNode {
    const [faceA, faceB] = [this.a.drawing.graph.nodes[one], this.b.drawing.graph.nodes[other]];
    const [nodeA, nodeB] = [this.a.drawing.places[one]?.node, this.b.drawing.places[other]?.node];
    const [a, b] = [(nodeA && this.#indexA.get(nodeA)) ?? -1, (nodeB && this.#indexB.get(nodeB)) ?? -1];
    const names = { a: (faceA ?? faceB)!.name, b: (faceB ?? faceA)!.name };
    const [unitA, unitB] = [nodeA && this.matching.a.unitOf.get(nodeA), nodeB && this.matching.b.unitOf.get(nodeB)];
    const changes = this.#changes(unitA, unitB);
    const status = !faceA ? 'added' : !faceB ? 'removed' : changes.some(({ kind }) => kind !== 'folded') ? 'changed' : 'same';
    return {
      status,
      a,
      b,
      names,
      changes: changes.map(({ text }) => text),
      kinds: [...new Set(changes.map(({ kind }) => kind))],
      ...(part ? { part } : {}),
      ...this.#figures(a, b, unitA, unitB),
    };
  }

  #changes(a: Unit | undefined, b: Unit | undefined): { kind: string; text: string }[] {
    if (a && b) return layerChanges(this.matching, a, b, { a: this.a.shapes, b: this.b.shapes });
    if (a) return this.#melted(a, this.matching.a.units, this.#absorbers.a, 'folded into');
    if (b) return this.#melted(b, this.matching.b.units, this.#absorbers.b, 'unfolded from');
    return [];
  }

  #melted(unit: Unit, units: readonly Unit[], into: ReadonlyMap<number, number>, words: string): { kind: string; text: string }[] {
    const owner = into.get(unit.index);
    if (owner === undefined) return [];
    const where = foldsIntoWeights(unit) ? '' : 'the range of ';
    return [{ kind: 'folded', text: `${words} ${where}${units[owner]!.node.label}` }];
  }

  #figures(a: number, b: number, unitA: Unit | undefined, unitB: Unit | undefined): Partial<DiffNode> {
    const [costA, costB] = [this.a.layers[a], this.b.layers[b]];
    const sides = (of: (cost: LayerCost) => number | null): Sides => [costA ? of(costA) : null, costB ? of(costB) : null];
    const known = (pair: Sides): boolean => pair.some((figure) => figure !== null && figure > 0);
    const figures = {
      channels: sides(channelsOf),
      parameters: sides((cost) => cost.parameters),
      weightBytes: sides((cost) => cost.weightBytes),
      macs: sides((cost) => cost.macs),
      bits: [unitA ? (weightBits(unitA) ?? null) : null, unitB ? (weightBits(unitB) ?? null) : null] as Sides,
    };
    return Object.fromEntries(Object.entries(figures).filter(([, pair]) => known(pair)));
  }
}

/** Of the first output: axis 1 of pictures and of rows, the last axis of sequences. */
function channelsOf({ outputShape, op }: LayerCost): number | null {
  if (!outputShape || outputShape.length < 2) return null;
  const axis = outputShape.length === 3 && !/Conv|Pool/.test(op) ? 2 : 1;
  const dim = outputShape[axis];
  return typeof dim === 'number' ? dim : null;
}
