import type { Graph } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { setConstant } from '../../simplify/edit.ts';
import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import type { QuantizeSettings } from '../step.ts';
import type { ChannelGroup } from './channel-groups.ts';
import { biasOf, channelLayer, otherChannel, setBias, type ChannelLayer } from './channel-layer.ts';
import { inputMagnitudes, median, outputMagnitudes } from './channel-magnitudes.ts';
import type { ChannelRanges } from './channel-ranges.ts';
import type { Rewrite, RewriteState } from './rewrite.ts';

/** A channel that moves by less than this share of what its neighbours do is constant: an eighth of an 8-bit step, after amplification. */
const constantShare = 1e-3;
/** What a Clip or ReLU cuts off must stay away from the bound by this share of the range that was seen, or other pictures may reach it. */
const margin = 0.5;
/** "Always the same" of fewer pictures says nothing. */
const leastPictures = 8;
/** Weights larger than this many times the middle channel's are worth a look: on one scale they cost all others precision. */
const suspicious = 1.5;

/**
 * Channels that are constant on all pictures (and all positions) get weight 0 and that constant as bias; channels that nothing reads then
 * get weight 0 and bias 0. Folding a batch normalization of nearly no variance multiplies a channel's weights by up to
 * gamma / sqrt(epsilon), so that dead channels often have the largest weights of their layer, and take the range from the living.
 * Only channels with such weights are looked at, and only where channels share a scale or are compared, so that an ordinary model costs
 * no pictures, or one or two.
 */
export const removeDead: Rewrite = {
  name: 'remove-dead',
  wanted: ({ settings }) => settings.method === 'static' && settings['remove-dead'],
  wish: (state) => {
    const candidates = findCandidates(state);
    return {
      values: new Map(candidates.map(({ layer, output }) => [output, axisOf(state, layer, output)])),
      enough: (channels) => candidates.every((candidate) => deadChannels(state, candidate, channels).length === 0),
    };
  },
  run: (state) => {
    const { graph } = state.model;
    let constant = 0;
    const layers = new Set<string>();
    // Readers first: a dead channel may read another one with huge weights.
    for (const candidate of findCandidates(state).reverse()) {
      if (state.channels.pictures(candidate.output) < leastPictures) continue;
      const dead = deadChannels(state, candidate, state.channels);
      if (dead.length === 0) continue;
      const amplified = amplification(graph, state.groups(), candidate.output);
      const removed = dead.filter(({ channel, share }) => share * amplified(channel) <= constantShare);
      silence(graph, candidate.layer, new Map(removed.map(({ channel, value }) => [channel, value])));
      constant += removed.length;
      if (removed.length) layers.add(candidate.layer.node.label);
    }
    if (constant === 0) return [];
    const unread = silenceUnread(state);
    const beside = unread ? `, and ${unread} that nothing reads then` : '';
    return [`Took the weights from ${constant} channels of ${layers.size} layers that were constant while calibrating${beside}.`];
  },
};

interface Candidate {
  readonly layer: ChannelLayer;
  readonly output: string;
  /** Channels with weights far larger than their neighbours'. */
  readonly channels: readonly number[];
}

function findCandidates({ model, shapes, forLayer }: RewriteState): Candidate[] {
  const found: Candidate[] = [];
  for (const node of model.graph.topologicalOrder()) {
    const wanted = forLayer(node);
    const layer = 'settings' in wanted && takesRange(wanted.settings) ? channelLayer(model.graph, node) : undefined;
    // Some layers have no bias that could hold the constant.
    if (!layer || node.op === 'MatMul' || node.float('beta', 1) === 0 || !shapes.of(node.outputs[0]!)?.shape) continue;
    const sizes = outputMagnitudes(model.graph, layer);
    const middle = median(sizes.filter((size) => size > 0));
    const limit = suspicious * middle;
    const channels = Array.from(sizes.keys()).filter((channel) => sizes[channel]! > limit);
    if (channels.length) found.push({ layer, output: node.outputs[0]!, channels });
  }
  return found;
}

/** With a scale of its own for each channel and nothing that compares channels, a dead one costs the others nothing. */
const takesRange = ({ granularity, equalize, migrate }: QuantizeSettings): boolean => granularity === 'tensor' || equalize || migrate > 0;

interface DeadChannel {
  readonly channel: number;
  readonly value: number;
  /** How far it moves, as a share of what the middle channel of the layer does. */
  readonly share: number;
}

/** Those of the candidate's channels whose value behind the ReLU or Clip, if any, was the same everywhere. */
function deadChannels({ model, shapes }: RewriteState, { output, channels, layer }: Candidate, known: ChannelRanges): DeadChannel[] {
  const range = known.of(output);
  if (!range) return [];
  const bounds = clampsBehind(model.graph, output);
  const cut = (value: number): number => Math.max(bounds.low, Math.min(bounds.high, value));
  const moves = Float64Array.from({ length: layer.outputs }, (_, channel) => cut(range.high[channel]!) - cut(range.low[channel]!));
  const typical = median(moves.filter((size) => size > 0 && size < Infinity));
  if (!(typical > 0) || !shapes.of(output)) return [];
  return channels.flatMap((channel): DeadChannel[] => {
    const [low, high] = [range.low[channel]!, range.high[channel]!];
    const away = margin * (high - low);
    // Without bounds, or never an element.
    if (!(high >= low && high - low < Infinity)) return [];
    if (high + away <= bounds.low) return [{ channel, value: bounds.low, share: 0 }];
    if (low - away >= bounds.high) return [{ channel, value: bounds.high, share: 0 }];
    const share = (high - low) / typical;
    return share <= constantShare ? [{ channel, value: (low + high) / 2, share }] : [];
  });
}

/** Between which bounds everything that reads a value sees it. */
function clampsBehind(graph: Graph, value: string): { low: number; high: number } {
  const none = { low: -Infinity, high: Infinity };
  const uses = graph.users(value);
  if (graph.isOutput(value) || uses.length === 0) return none;
  const bounds = uses.map(({ node, index }) =>
    index === 0 && node.domain === '' && (node.op === 'Relu' || node.op === 'Clip') ? (clampBounds(node, graph) ?? none) : none,
  );
  return { low: Math.min(...bounds.map(({ low }) => low)), high: Math.max(...bounds.map(({ high }) => high)) };
}

/** By channel: how many times larger the weights are that read it than those that read the middle channel; 1 where that is not known. */
function amplification(graph: Graph, groups: readonly ChannelGroup[], output: string): (channel: number) => number {
  const group = groups.find(({ values }) => values.has(output));
  if (!group) return () => 1;
  const readers = group.readers.map(({ layer, block }) => {
    const sizes = inputMagnitudes(graph, layer, block);
    return { sizes, middle: median(sizes.filter((size) => size > 0)) };
  });
  return (channel) => Math.max(0, ...readers.map(({ sizes, middle }) => (middle > 0 ? sizes[channel]! / middle : 0)));
}

/** Gives output channels weight 0 and a constant. */
function silence(graph: Graph, layer: ChannelLayer, values: ReadonlyMap<number, number>): void {
  if (values.size === 0) return;
  const { node, rows, columns, kernel, rowsAre } = layer;
  const tensor = graph.constant(node.inputs[1]!)!;
  const weights = tensor.toFloat32().slice();
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at += kernel) {
      const channel = rowsAre === 'outputs' ? row : otherChannel(layer, row, column);
      if (values.has(channel)) weights.fill(0, at, at + kernel);
    }
  }
  setConstant(graph, node, 1, 'weight', Tensor.float32(tensor.dims, weights));
  const beta = node.op === 'Gemm' ? node.float('beta', 1) : 1;
  const bias = biasOf(graph, layer).map((value, channel) => (values.has(channel) ? values.get(channel)! / beta : value));
  setBias(graph, layer, bias);
}

/** Channels whose every reader has weight 0 for them, from the last group to the first. Returns how many. */
function silenceUnread({ model, groups }: RewriteState): number {
  const { graph } = model;
  let count = 0;
  for (const group of groups().reverse()) {
    const read = new Float64Array(group.channels);
    for (const { layer, block } of group.readers) {
      inputMagnitudes(graph, layer, block).forEach((size, channel) => (read[channel] = Math.max(read[channel]!, size)));
    }
    const unread = Array.from(read.keys()).filter((channel) => read[channel] === 0);
    for (const maker of unread.length ? group.makers : []) {
      if (maker.kind !== 'layer' || maker.layer.node.op === 'MatMul') continue;
      const sizes = outputMagnitudes(graph, maker.layer);
      const alive = unread.filter((channel) => sizes[channel]! > 0);
      silence(graph, maker.layer, new Map(alive.map((channel) => [channel, 0])));
      count += alive.length;
    }
  }
  return count;
}

const axisOf = ({ shapes }: RewriteState, layer: ChannelLayer, output: string): number =>
  layer.axis === 1 ? 1 : shapes.of(output)!.shape!.length - 1;
