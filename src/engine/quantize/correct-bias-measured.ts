import { throwIfCancelled } from '../base/errors.ts';
import { DataType } from '../onnx/data-type.ts';
import { attributes, Node, type Graph, type Model } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import { ChannelTaps, type ChannelTap } from '../statistics/channel-taps.ts';
import { biasFormat, quantizeBias, storedBias } from './bias.ts';
import { clampBounds } from '../ops/measure/clamp-bounds.ts';
import { biasShift, inputChannels } from './correct-bias.ts';
import { layerConstants, type LayerConstants } from './layer-weights.ts';
import type { IntegerNode } from './placement.ts';
import type { StaticPlan } from './plan.ts';
import type { RoundedLayer } from './round/rounding.ts';
import { Simulation } from './round/simulation.ts';
import type { QuantizeRequest } from './types.ts';

/** Pictures whose channel means are compared: the mean of a channel over this many is good to a fraction of a step. */
const mostPictures = 64;
/** Squared distance of a layer's means, as a share of their squares, below which there is nothing left to correct. */
const settled = 1e-3;
/** A channel that its ReLU or Clip lets through more rarely than this moves by no more than if it did so this often. */
const leastOpen = 0.1;

/** Passes of `auto`: MobileNetV1, 27 layers on one scale each, needs four. */
const automatic = 5;

/** How often `bias-passes` makes the correction look at the quantized model. */
export function biasPasses({ settings, layers }: QuantizeRequest): number {
  if (!settings['correct-bias'] || settings.statistics !== 'pictures') return 0;
  if (settings['bias-passes'] !== 'auto') return settings['bias-passes'];
  // Rounding on the second moment has matched the means already; coarse powers of two leave means that no bias can reach.
  const pays = ({ granularity, scales, round }: Partial<Record<string, unknown>>): boolean =>
    granularity === 'tensor' && scales === 'float' && round === 'nearest';
  return [{}, ...Object.values(layers)].some((own) => pays({ ...settings, ...own })) ? automatic : 0;
}

/** A layer whose bias is corrected. */
interface Corrected {
  readonly integer: IntegerNode;
  readonly constants: LayerConstants;
  /** What the layer makes, behind its Relu or Clip, in the float model. */
  readonly behind: string;
  /** Between these the Relu or Clip hands a change on. */
  readonly bounds: { readonly low: number; readonly high: number };
  readonly rank: number;
  readonly inputRank: number;
  readonly inputChannels: number;
  /** Layers on the longest way from the model's input to this one, itself included. */
  readonly depth: number;
}

/** Layers with biases as they are now, and what was done in sentences. */
export interface CorrectedBiases {
  readonly rounded: ReadonlyMap<Node, RoundedLayer>;
  readonly notes: readonly string[];
}

/** Means of channels of one model, layer by layer. */
interface Means {
  readonly inputs: readonly Float64Array[];
  readonly outputs: readonly Float64Array[];
  /** Share of the elements that lie between the bounds. */
  readonly open: readonly Float64Array[];
}

/**
 * Bias correction on the quantized model itself: runs it beside the float model and takes the difference of each channel's mean, behind its
 * ReLU or Clip, out of the bias. What the layers before will give up by their own corrections is predicted, to first order, by the layer's
 * weights times the difference of its input's means, so that a pass corrects many layers at once. The prediction holds for some layers in
 * a row, hence each pass goes a further share of the network's depth, and the last one over all of it (empirical bias correction of Nagel et
 * al., arXiv:1906.04721, appendix D, without a pass for each layer). The best state that was seen is kept, which may be the one before. Memory: one picture and a few floats a channel.
 */
export async function correctMeasuredBias(
  plan: StaticPlan,
  rounded: ReadonlyMap<Node, RoundedLayer>,
  passes: number,
): Promise<CorrectedBiases> {
  const layers = passes === 0 ? [] : correctedLayers(plan, rounded);
  if (layers.length === 0 || !plan.dependencies.dataset) return { rounded, notes: [] };
  const float = await floatMeans(plan, layers);
  let best = { layers: rounded, error: Infinity, pass: 0 };
  let next = rounded;
  for (let pass = 0; ; pass++) {
    const found = await quantizedMeans(plan, layers, next);
    const error = distance(float, found);
    plan.dependencies.context.logger.debug(`means of channels are ${error.toExponential(1)} apart after ${pass} corrections`);
    if (error < best.error) best = { layers: next, error, pass };
    if (pass === passes || error <= settled * layers.length) break;
    const front = reached(layers, (pass + 1) / Math.max(1, passes - 1));
    next = corrected(plan, front, next, float, found);
  }
  const note = `Corrected the biases of ${layers.length} layers on the quantized model, ${best.pass} times.`;
  return { rounded: best.layers, notes: best.pass ? [note] : [] };
}

function correctedLayers({ placement, model, shapes }: StaticPlan, rounded: ReadonlyMap<Node, RoundedLayer>): Corrected[] {
  const depths = layerDepths(model.graph, new Set(rounded.keys()));
  return placement.integerNodes.flatMap((integer): Corrected[] => {
    const { node, compute } = integer;
    if (!compute || compute.role.bias === undefined || !rounded.has(node)) return [];
    const constants = layerConstants(node, compute, model.graph);
    const input = shapes.of(node.inputs[compute.role.activation]!)?.shape;
    const rank = shapes.of(node.outputs[0]!)?.shape?.length;
    const channels = inputChannels(node, constants);
    if (!input || rank === undefined || channels === undefined) return [];
    const { behind, bounds } = behindClamps(model.graph, node);
    return [{ integer, constants, behind, bounds, rank, inputRank: input.length, inputChannels: channels, depth: depths.get(node)! }];
  });
}

/** By node: how many of the layers lie on the longest way to its results. */
function layerDepths(graph: Graph, layers: ReadonlySet<Node>): Map<Node, number> {
  const depths = new Map<Node, number>();
  for (const node of graph.topologicalOrder()) {
    const before = graph.reads(node).map((value) => depths.get(graph.producer(value)!) ?? 0);
    depths.set(node, before.reduce((a, b) => Math.max(a, b), 0) + (layers.has(node) ? 1 : 0));
  }
  return depths;
}

/** Follows a value's only reader through Relus and Clips. */
function behindClamps(graph: Graph, node: Node): { behind: string; bounds: { low: number; high: number } } {
  let behind = node.outputs[0]!;
  let bounds = { low: -Infinity, high: Infinity };
  for (;;) {
    const [use, ...more] = graph.users(behind);
    if (!use || more.length || use.index !== 0 || graph.isOutput(behind) || !['Relu', 'Clip'].includes(use.node.op))
      return { behind, bounds };
    const own = clampBounds(use.node, graph);
    if (!own) return { behind, bounds };
    behind = use.node.outputs[0]!;
    bounds = { low: Math.max(bounds.low, own.low), high: Math.min(bounds.high, own.high) };
  }
}

async function floatMeans(plan: StaticPlan, layers: readonly Corrected[]): Promise<Means> {
  const taps = layers.map((layer) => ({ input: layer.integer.node.inputs[layer.integer.compute!.role.activation]!, output: layer.behind }));
  return measure(plan, plan.model, layers, taps);
}

async function quantizedMeans(plan: StaticPlan, layers: readonly Corrected[], rounded: ReadonlyMap<Node, RoundedLayer>): Promise<Means> {
  const simulation = new Simulation(plan, rounded);
  const { model } = simulation;
  const taps = layers.map(({ integer, behind, bounds, constants, rank }) => {
    const copy = simulation.copyOf(integer.node);
    const last = plan.model.graph.producer(behind)!;
    const output = dequantized(model.graph, simulation.copyOf(last).outputs[last.outputs.indexOf(behind)]!);
    const open = openness(model.graph, output, bounds);
    return { input: copy.inputs[integer.compute!.role.activation]!, output, open, rank, channels: constants.channels };
  });
  return measure(plan, model, layers, taps);
}

/** The value as others read it: behind the Q and DQ that follow it at once. */
function dequantized(graph: Graph, value: string): string {
  let at = value;
  for (const op of ['QuantizeLinear', 'DequantizeLinear']) {
    const next = graph.users(at).find(({ node, index }) => index === 0 && node.op === op)?.node;
    if (!next) return value;
    at = next.outputs[0]!;
  }
  return at;
}

/** Adds a value that is 1 where `value` lies between the bounds; undefined where there are none. */
function openness(graph: Graph, value: string, { low, high }: Corrected['bounds']): string | undefined {
  const sides = [
    ['Greater', low],
    ['Less', high],
  ] as const;
  const conditions = sides.flatMap(([op, bound]): string[] => {
    if (!Number.isFinite(bound)) return [];
    const [limit, name] = [graph.uniqueName('lathe_bound'), graph.uniqueName('lathe_inside')];
    // Codes at the bound stand for everything beyond it.
    graph.initializers.set(limit, Tensor.float32([], [bound - Math.sign(bound) * 1e-2 * Math.abs(bound)]));
    graph.add(new Node('', op, [value, limit], [name]));
    return [name];
  });
  if (conditions.length === 0) return undefined;
  let joined = conditions[0]!;
  if (conditions.length === 2) {
    joined = graph.uniqueName('lathe_inside');
    graph.add(new Node('', 'And', conditions, [joined]));
  }
  const numbers = graph.uniqueName('lathe_open');
  graph.add(new Node('', 'Cast', [joined], [numbers], attributes({ to: DataType.float32 })));
  return numbers;
}

interface Taps {
  readonly input: string;
  readonly output: string;
  readonly open?: string | undefined;
}

async function measure(plan: StaticPlan, model: Model, layers: readonly Corrected[], values: readonly Taps[]): Promise<Means> {
  const { dataset, runtime, context } = plan.dependencies;
  const taps: ChannelTap[] = [];
  const places = values.map(({ input, output, open }, i) => {
    const { inputRank, inputChannels: inputs, rank, constants } = layers[i]!;
    const tap = (value: string, of: number, channels: number): number =>
      taps.push({ value, rank: of, axis: 1, channels, reduce: 'ReduceMean' }) - 1;
    return {
      input: tap(input, inputRank, inputs),
      output: tap(output, rank, constants.channels),
      open: open === undefined ? undefined : tap(open, rank, constants.channels),
    };
  });
  const probe = await ChannelTaps.load(model, taps, runtime, context);
  const sums = taps.map(({ channels }) => new Float64Array(channels));
  let pictures = 0;
  try {
    const toFeeds = pictureFeeder(plan.model);
    for await (const sample of dataset!.stream({ signal: context.signal, to: Math.min(mostPictures, dataset!.samples.length) })) {
      throwIfCancelled(context.signal);
      const found = await probe.run(toFeeds(sample));
      found.forEach((means, i) => means.forEach((mean, channel) => (sums[i]![channel]! += mean)));
      pictures++;
      context.progress.report({
        phase: 'biases',
        done: pictures,
        total: Math.min(mostPictures, dataset!.samples.length),
        unit: 'pictures',
      });
    }
  } finally {
    await probe.dispose();
  }
  const means = sums.map((sum) => sum.map((total) => total / Math.max(1, pictures)));
  return {
    inputs: places.map(({ input }) => means[input]!),
    outputs: places.map(({ output }) => means[output]!),
    open: places.map(({ open }, i) => (open === undefined ? new Float64Array(layers[i]!.constants.channels).fill(1) : means[open]!)),
  };
}

/** Squared distance of the channels' means, each layer's in units of how far its float means spread. */
function distance(float: Means, found: Means): number {
  let sum = 0;
  float.outputs.forEach((wanted, layer) => {
    let [size, apart] = [0, 0];
    wanted.forEach((mean, channel) => {
      size += mean ** 2;
      apart += (mean - found.outputs[layer]![channel]!) ** 2;
    });
    if (size > 0) sum += apart / size;
  });
  return sum;
}

/** The layers in the first `share` of the depth, by place. */
function reached(layers: readonly Corrected[], share: number): ReadonlyMap<number, Corrected> {
  const deepest = layers.reduce((most, { depth }) => Math.max(most, depth), 0);
  return new Map([...layers.entries()].filter(([, { depth }]) => depth <= Math.ceil(share * deepest)));
}

function corrected(
  plan: StaticPlan,
  layers: ReadonlyMap<number, Corrected>,
  rounded: ReadonlyMap<Node, RoundedLayer>,
  float: Means,
  found: Means,
): Map<Node, RoundedLayer> {
  const next = new Map(rounded);
  layers.forEach(({ integer, constants }, i) => {
    const { node, compute } = integer;
    const layer = rounded.get(node)!;
    const moves = float.inputs[i]!.map((mean, channel) => mean - found.inputs[i]![channel]!);
    const input = plan.shapes.of(node.inputs[compute!.role.activation]!);
    // What the layer will add once its input's means are right: the shift of its rounded weights against none at all.
    const coming = biasShift(node, { ...constants, weights: new Float64Array(constants.weights.length) }, layer.weights, moves, input);
    const old = layer.bias ? storedBias(layer.bias) : new Float64Array(constants.channels);
    const bias = Float64Array.from(old, (value, channel) => {
      const apart = float.outputs[i]![channel]! - found.outputs[i]![channel]!;
      const by = apart / Math.max(leastOpen, found.open[i]![channel]!) - coming[channel]!;
      return Number.isFinite(by) ? value + by : value;
    });
    next.set(node, { ...layer, bias: quantizeBias(bias, biasFormat(plan, integer), layer.weights.scales) });
  });
  return next;
}
