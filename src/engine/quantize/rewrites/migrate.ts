import type { Graph } from '../../onnx/graph.ts';
import type { ChannelGroup } from './channel-groups.ts';
import { inputMagnitudes } from './channel-magnitudes.ts';
import type { ChannelRange, ChannelRanges } from './channel-ranges.ts';
import { clipLimits, clipped } from './equalize.ts';
import type { Rewrite } from './rewrite.ts';
import { scaleGroups } from './scale-groups.ts';

/** No channel moves by more: beyond, it held next to nothing while calibrating. */
const largestFactor = 1024;

/**
 * Migrates ranges of activation channels into the weights that read them: channel j is divided by s_j = max|x_j|^a / max|w_j|^(1-a) (Xiao et
 * al., SmoothQuant, arXiv:2211.10438, eq. 4), a being the setting. The division goes into what makes the channel, a layer or a normalization,
 * so no node is added; where nothing before can take it the layer is left as it is. Channels under a Clip move as in `equalize`.
 */
export const migrate: Rewrite = {
  name: 'migrate',
  wanted: ({ settings }) => settings.method === 'static' && settings.migrate > 0,
  wish: (state) => ({ values: new Map(state.groups().flatMap((group) => [...clipped(group), ...inputsOf(group)])) }),
  run: (state) => {
    const { graph } = state.model;
    const factors = new Map<ChannelGroup, Float64Array>();
    const readers = new Set<string>();
    for (const group of state.groups()) {
      const activations = largestActivations(group, state.channels);
      if (!activations || !group.clips.every(({ input }) => state.channels.of(input))) continue;
      const own = migrationFactors(graph, group, activations, state.channels, state.request.settings.migrate);
      if (own.every((factor) => factor === 1)) continue;
      factors.set(group, own);
      for (const { layer } of group.readers) readers.add(layer.node.label);
    }
    scaleGroups(state, factors);
    return [
      readers.size
        ? `Migrated ranges of activation channels into the weights of ${readers.size} layers.`
        : 'migrate: no layer reads a value whose channels what comes before could scale.',
    ];
  },
};

/** What the group's layers read, as long as a Flatten has not spread its channels. */
const inputsOf = ({ readers, values }: ChannelGroup): [string, number][] =>
  readers.filter(({ block }) => block === 1).map(({ input }) => [input, values.get(input)!]);

/** Of each channel over all values that the group's layers read; undefined when nothing is known. */
function largestActivations(group: ChannelGroup, channels: ChannelRanges): Float64Array | undefined {
  const known = inputsOf(group)
    .map(([value]) => channels.of(value))
    .filter((range): range is ChannelRange => range !== undefined);
  if (known.length === 0) return undefined;
  return Float64Array.from({ length: group.channels }, (_, channel) =>
    Math.max(...known.map(({ low, high }) => Math.max(Math.abs(low[channel]!), Math.abs(high[channel]!)))),
  );
}

/** Factors 1 / s_j, all relative to the channel of the largest range, which keeps its own: a common factor would change nothing. */
function migrationFactors(
  graph: Graph,
  group: ChannelGroup,
  activations: Float64Array,
  channels: ChannelRanges,
  exponent: number,
): Float64Array {
  const weights = new Float64Array(group.channels);
  for (const { layer, block } of group.readers) {
    inputMagnitudes(graph, layer, block).forEach((size, channel) => (weights[channel] = Math.max(weights[channel]!, size)));
  }
  const divisor = (channel: number): number => activations[channel]! ** exponent / weights[channel]! ** (1 - exponent);
  const usable = Array.from(weights.keys()).filter((channel) => divisor(channel) > 0 && divisor(channel) < Infinity);
  const { most, fixed } = clipLimits(group, channels);
  const widest = usable.reduce((a, b) => (activations[b]! > activations[a]! ? b : a), usable[0] ?? 0);
  const factors = new Float64Array(group.channels).fill(1);
  for (const channel of usable) {
    if (fixed[channel]) continue;
    const wish = divisor(widest) / divisor(channel);
    factors[channel] = Math.min(most[channel]!, Math.max(1 / largestFactor, Math.min(largestFactor, wish)));
  }
  return factors;
}
