import type { Graph } from '../../onnx/graph.ts';
import type { ChannelGroup } from './channel-groups.ts';
import { kernelMagnitudes, otherChannel, type ChannelLayer } from './channel-layer.ts';
import type { ChannelRanges } from './channel-ranges.ts';
import type { Rewrite } from './rewrite.ts';
import { scaleGroups } from './scale-groups.ts';

/** Factors beyond this only trade the weights' precision for the activations'. */
const largestFactor = 16;
/** A channel under a Clip stays below this share of the bound, so that other pictures do not reach it either at once. */
const clipShare = 0.98;
const mostRounds = 20;
/** Rounds end when no factor changes by more than this share. */
const settled = 0.01;

/**
 * Cross-layer equalization (Nagel et al., arXiv:1906.04721, section 4.1, eq. 9-11): scales channels between neighbouring layers until each
 * channel's weights fill the same share of its two tensors' ranges. Exact for ReLU, leaky ReLU and pooling. Under a Clip(0, b)
 * only channels that never reach b move, and no further than 0.98 b: replacing the Clip by a ReLU would change the network.
 * Residual sums are scaled as a whole: every layer that writes to or reads from them together.
 */
export const equalize: Rewrite = {
  name: 'equalize',
  wanted: ({ settings }) => settings.method === 'static' && settings.equalize,
  wish: (state) => ({ values: new Map(equalizable(state.groups()).flatMap((group) => clipped(group))) }),
  run: (state) => {
    const { graph } = state.model;
    const groups = equalizable(state.groups()).filter((group) => group.clips.every(({ input }) => state.channels.of(input)));
    const factors = equalizingFactors(graph, groups, state.channels);
    const moved = groups.filter((group) => factors.get(group)!.some((factor) => factor !== 1));
    scaleGroups(state, new Map(moved.map((group) => [group, factors.get(group)!])));
    const layers = new Set(moved.flatMap(layersOf).map(({ node }) => node));
    return [
      moved.length
        ? `Equalized the weights of ${layers.size} layers, tied in ${moved.length} places.`
        : 'equalize: no two neighbouring layers have channels that can be scaled against each other.',
    ];
  },
};

/** Normalizations have no weights to compare. */
const equalizable = (groups: readonly ChannelGroup[]): ChannelGroup[] =>
  groups.filter(({ makers }) => makers.every(({ kind }) => kind === 'layer'));

export const clipped = ({ clips, values }: ChannelGroup): [string, number][] => clips.map(({ input }) => [input, values.get(input)!]);

const layersOf = ({ makers, readers }: ChannelGroup): ChannelLayer[] => [
  ...makers.flatMap((maker) => (maker.kind === 'layer' ? [maker.layer] : [])),
  ...readers.map(({ layer }) => layer),
];

/** By channel: how far it may be enlarged, or the only factor that it may have (1) because it reaches the bound. */
export function clipLimits({ channels: count, clips }: ChannelGroup, channels: ChannelRanges): { most: Float64Array; fixed: Uint8Array } {
  const most = new Float64Array(count).fill(Infinity);
  const fixed = new Uint8Array(count);
  for (const { input, high } of clips) {
    const seen = channels.of(input)!.high;
    for (let channel = 0; channel < count; channel++) {
      if (!(seen[channel]! < high)) fixed[channel] = 1;
      else if (seen[channel]! > 0) most[channel] = Math.min(most[channel]!, (clipShare * high) / seen[channel]!);
    }
  }
  return { most, fixed };
}

/** For each group the factors of its channels' values. Exported for its test. */
export function equalizingFactors(graph: Graph, groups: readonly ChannelGroup[], channels: ChannelRanges): Map<ChannelGroup, Float64Array> {
  const factors = new Map(groups.map((group) => [group, new Float64Array(group.channels).fill(1)]));
  const limits = new Map(groups.map((group) => [group, clipLimits(group, channels)]));
  const weights = new WeightRanges(graph, factors);
  for (let round = 0, change = Infinity; round < mostRounds && change > settled; round++) {
    change = 0;
    for (const group of groups) {
      const { most, fixed } = limits.get(group)!;
      const own = factors.get(group)!;
      const made = weights.made(group);
      const read = weights.read(group);
      for (let channel = 0; channel < group.channels; channel++) {
        if (fixed[channel] || !(made[channel]! > 0) || !(read[channel]! > 0)) continue;
        const wish = own[channel]! * Math.sqrt(read[channel]! / made[channel]!);
        const next = Math.min(most[channel]!, Math.max(1 / largestFactor, Math.min(largestFactor, wish)));
        change = Math.max(change, Math.abs(Math.log(next / own[channel]!)));
        own[channel] = next;
      }
    }
  }
  return factors;
}

/** Ranges of weights under the factors as they are now, as shares of each tensor's. 4 bytes a kernel of every layer are held. */
class WeightRanges {
  readonly #magnitudes = new Map<ChannelLayer['node'], Float32Array>();
  readonly #outputs = new Map<ChannelLayer['node'], Float64Array>();
  readonly #inputs = new Map<ChannelLayer['node'], { factors: Float64Array; block: number }>();

  constructor(
    readonly graph: Graph,
    factors: ReadonlyMap<ChannelGroup, Float64Array>,
  ) {
    for (const [group, own] of factors) {
      for (const maker of group.makers) if (maker.kind === 'layer') this.#outputs.set(maker.layer.node, own);
      for (const { layer, block } of group.readers) this.#inputs.set(layer.node, { factors: own, block });
    }
  }

  /** The largest share that a maker's weights of each channel have of their tensor. */
  made(group: ChannelGroup): Float64Array {
    const shares = new Float64Array(group.channels);
    for (const maker of group.makers) if (maker.kind === 'layer') widen(shares, this.#of(maker.layer, 'outputs', 1));
    return shares;
  }

  read(group: ChannelGroup): Float64Array {
    const shares = new Float64Array(group.channels);
    for (const { layer, block } of group.readers) widen(shares, this.#of(layer, 'inputs', block));
    return shares;
  }

  #of(layer: ChannelLayer, side: 'outputs' | 'inputs', block: number): Float64Array {
    const { node, rows, columns, rowsAre } = layer;
    let magnitudes = this.#magnitudes.get(node);
    if (!magnitudes) this.#magnitudes.set(node, (magnitudes = kernelMagnitudes(this.graph, layer)));
    const outputs = this.#outputs.get(node);
    const inputs = this.#inputs.get(node);
    const inputFactor = (channel: number): number => (inputs ? 1 / inputs.factors[Math.floor(channel / inputs.block)]! : 1);
    const outputFactor = (channel: number): number => outputs?.[channel] ?? 1;
    const [rowFactor, columnFactor] = rowsAre === 'outputs' ? [outputFactor, inputFactor] : [inputFactor, outputFactor];
    const [rowSide, count] = [side === rowsAre, side === 'outputs' ? layer.outputs : layer.inputs];
    const columnFactors = Float64Array.from({ length: rowsAre === 'outputs' ? layer.inputs : layer.outputs }, (_, at) => columnFactor(at));
    const largest = new Float64Array(Math.ceil(count / block));
    let all = 0;
    for (let row = 0, at = 0; row < rows; row++) {
      const factor = rowFactor(row);
      for (let column = 0; column < columns; column++, at++) {
        const other = otherChannel(layer, row, column);
        const size = magnitudes[at]! * factor * columnFactors[other]!;
        const place = Math.floor((rowSide ? row : other) / block);
        if (size > largest[place]!) largest[place] = size;
        if (size > all) all = size;
      }
    }
    return all > 0 ? largest.map((size) => size / all) : largest;
  }
}

function widen(shares: Float64Array, others: Float64Array): void {
  for (let channel = 0; channel < shares.length; channel++) shares[channel] = Math.max(shares[channel]!, others[channel]!);
}
