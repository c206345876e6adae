import type { Graph, Node } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';
import { carrier, type Carrier, type Clipping } from './carriers.ts';
import { channelLayer, ownConstant, type ChannelLayer } from './channel-layer.ts';

/** Makes values whose channels can be scaled: a layer, or a node whose constants `indices` are one number a channel each. */
export type Maker =
  | { readonly kind: 'layer'; readonly layer: ChannelLayer; readonly output: string }
  | { readonly kind: 'constants'; readonly node: Node; readonly indices: readonly number[]; readonly output: string };

/** Reads such a value; channel c stands for `block` neighbouring inputs of the layer (behind a Flatten: the picture's positions). */
export interface Reader {
  readonly layer: ChannelLayer;
  readonly input: string;
  readonly block: number;
}

/**
 * Values that are tied channel by channel: multiplying channel c of what `makers` make by any positive factor, and dividing the weights of
 * `readers` that multiply it by the same, changes no output of the model. Holds every value between: behind ReLUs, pooling, and through
 * residual sums, which tie several makers and readers.
 */
export interface ChannelGroup {
  readonly channels: number;
  readonly makers: readonly Maker[];
  readonly readers: readonly Reader[];
  /** Every value of the group with its channel axis. */
  readonly values: ReadonlyMap<string, number>;
  /** Constants added to a value of the group, which scale with it. */
  readonly addends: readonly { readonly node: Node; readonly index: number }[];
  /** Clips at an upper bound: a channel that reaches it keeps its scale. */
  readonly clips: readonly Clipping[];
  /** False where a node between them is not indifferent to a shift of a channel (LeakyRelu, residual sums, padded pooling …). */
  readonly shiftable: boolean;
}

/**
 * Every group of the graph. Left out is what cannot take a factor: values that leave the graph or come in, that enter a sub-graph, a Concat
 * or a node that mixes channels or is not homogeneous (Sigmoid, Softmax …), and layers that `untouched` names or that share weights.
 */
export function channelGroups(graph: Graph, shapes: Shapes, untouched: (node: Node) => boolean): ChannelGroup[] {
  const groups: ChannelGroup[] = [];
  const done = new Set<string>();
  for (const node of graph.topologicalOrder()) {
    const maker = makerOf(graph, shapes, node, untouched);
    if (!maker || done.has(maker.output)) continue;
    const search = new Search(graph, shapes, untouched);
    const group = search.from(maker.output);
    for (const value of search.values.keys()) done.add(value);
    if (group) groups.push(group);
  }
  return groups;
}

class Search {
  readonly values = new Map<string, number>();
  readonly #makers: Maker[] = [];
  readonly #readers: Reader[] = [];
  readonly #addends: { node: Node; index: number }[] = [];
  readonly #clips: Clipping[] = [];
  readonly #carried = new Set<Node>();
  #shiftable = true;
  #channels = 0;
  /** Positions that a Flatten has put behind each channel of a value; 1 where it has not. */
  readonly #blocks = new Map<string, number>();
  readonly #waiting: string[] = [];

  constructor(
    readonly graph: Graph,
    readonly shapes: Shapes,
    readonly untouched: (node: Node) => boolean,
  ) {}

  /** The group around a maker's output, or undefined when something in it cannot take a factor. Fills `values` either way. */
  from(output: string): ChannelGroup | undefined {
    const maker = makerOf(this.graph, this.shapes, this.graph.producer(output), this.untouched)!;
    const rank = this.shapes.of(output)?.shape?.length;
    if (rank === undefined) {
      this.values.set(output, 0);
      return undefined;
    }
    const axis = maker.kind === 'layer' ? (maker.layer.axis === 1 ? 1 : rank - 1) : constantsAxis(maker.node, rank);
    this.#channels = maker.kind === 'layer' ? maker.layer.outputs : this.graph.constant(maker.node.inputs[maker.indices[0]!]!)!.size;
    let whole = this.#reach(output, axis, 1);
    for (let value = this.#waiting.pop(); value !== undefined; value = this.#waiting.pop()) whole = this.#visit(value) && whole;
    if (!whole || this.#makers.length === 0 || this.#readers.length === 0) return undefined;
    return {
      channels: this.#channels,
      makers: this.#makers,
      readers: this.#readers,
      values: this.values,
      addends: this.#addends,
      clips: this.#clips,
      shiftable: this.#shiftable && this.#makers.length === 1,
    };
  }

  /** Adds a value; false where it is known already on another axis. */
  #reach(value: string, axis: number, block: number): boolean {
    const known = this.values.get(value);
    if (known !== undefined) return known === axis && this.#blocks.get(value) === block;
    this.values.set(value, axis);
    this.#blocks.set(value, block);
    this.#waiting.push(value);
    return true;
  }

  #visit(value: string): boolean {
    const { graph } = this;
    if (graph.isOutput(value) || graph.isInput(value) || graph.initializers.has(value)) return false;
    const producer = graph.producer(value);
    let whole = producer !== undefined && this.#visitProducer(producer, value);
    for (const { node, index } of graph.users(value)) whole = index >= 0 && this.#visitReader(node, index, value) && whole;
    return whole;
  }

  #visitProducer(node: Node, value: string): boolean {
    const maker = makerOf(this.graph, this.shapes, node, this.untouched);
    if (!maker) return this.#carry(node);
    const rank = this.shapes.of(value)?.shape?.length;
    const [channels, axis] =
      maker.kind === 'layer'
        ? [maker.layer.outputs, maker.layer.axis === 1 ? 1 : (rank ?? 0) - 1]
        : [this.graph.constant(node.inputs[maker.indices[0]!]!)!.size, constantsAxis(node, rank ?? 0)];
    this.#makers.push(maker);
    return rank !== undefined && channels === this.#channels && axis === this.values.get(value) && this.#blocks.get(value) === 1;
  }

  #visitReader(node: Node, index: number, value: string): boolean {
    const layer = this.untouched(node) ? undefined : channelLayer(this.graph, node);
    if (!layer || index !== 0) return this.#carry(node);
    const rank = this.shapes.of(value)?.shape?.length;
    const block = this.#blocks.get(value)!;
    this.#readers.push({ layer, input: value, block });
    const axis = layer.axis === 1 ? 1 : (rank ?? 0) - 1;
    return rank !== undefined && axis === this.values.get(value) && layer.inputs === this.#channels * block;
  }

  /** Goes on through a node that hands factors on; false where it does not. */
  #carry(node: Node): boolean {
    if (this.#carried.has(node)) return true;
    this.#carried.add(node);
    const found: Carrier | undefined = carrier(node, {
      graph: this.graph,
      shapes: this.shapes,
      values: this.values,
      channels: this.#channels,
    });
    if (!found) return false;
    if (found.clip) this.#clips.push(found.clip);
    if (found.addend !== undefined) this.#addends.push({ node, index: found.addend });
    this.#shiftable &&= found.shiftable;
    const known = found.tied.find(({ value }) => this.values.has(value));
    const base = known ? this.#blocks.get(known.value)! / known.block : 1;
    return found.tied.every(({ value, axis, block }) => this.#reach(value, axis, base * block));
  }
}

/** LayerNormalization over the last axis, and normalizations of channels that could not be folded, end in gamma * x + beta. */
function makerOf(graph: Graph, shapes: Shapes, node: Node | undefined, untouched: (node: Node) => boolean): Maker | undefined {
  if (!node || untouched(node)) return undefined;
  const layer = channelLayer(graph, node);
  const output = node.outputs[0]!;
  if (layer) return { kind: 'layer', layer, output };
  if (node.domain !== '' || !['LayerNormalization', 'BatchNormalization', 'InstanceNormalization'].includes(node.op)) return undefined;
  const rank = shapes.of(output)?.shape?.length;
  const axis = node.int('axis', -1);
  if (node.op === 'LayerNormalization' && axis !== -1 && axis !== (rank ?? 0) - 1) return undefined;
  if (node.outputs.slice(1).some((other) => other !== '' && graph.users(other).length > 0)) return undefined;
  const indices = [1, 2].filter((index) => node.inputs[index]);
  if (indices.length === 0 || !indices.every((index) => ownConstant(graph, node, index)?.dims.length === 1)) return undefined;
  return { kind: 'constants', node, indices, output };
}

const constantsAxis = ({ op }: Node, rank: number): number => (op === 'LayerNormalization' ? rank - 1 : 1);
