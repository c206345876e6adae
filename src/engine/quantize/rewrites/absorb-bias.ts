import type { Graph, Node } from '../../onnx/graph.ts';
import { clampBounds } from '../../ops/measure/clamp-bounds.ts';
import type { ChannelGroup, Reader } from './channel-groups.ts';
import { biasOf, otherChannel, setBias, type ChannelLayer } from './channel-layer.ts';
import type { ChannelRange } from './channel-ranges.ts';
import type { Rewrite, RewriteState } from './rewrite.ts';

/**
 * High-bias absorption (Nagel et al., arXiv:1906.04721, section 4.1.3): what a channel never falls below, the layer before gives up and
 * the layers behind get into their biases, so that activations need not reach that far. Exact where the ReLU cut nothing off; zero padding
 * around a convolution would have to be shifted too, so only layers that do not pad take part.
 */
export const absorbBias: Rewrite = {
  name: 'absorb-bias',
  wanted: ({ settings }) => settings.method === 'static' && settings['absorb-bias'],
  wish: (state) => ({ values: new Map(absorbing(state).map(({ group, from }) => [from, group.values.get(from)!])) }),
  run: (state) => {
    let channels = 0;
    const layers = new Set<string>();
    for (const { group, from, layer } of absorbing(state)) {
      const known = state.channels.of(from);
      const amounts = known && absorbed(state.model.graph, group, known);
      if (!amounts?.some((amount) => amount > 0)) continue;
      shift(state, group, layer, amounts);
      channels += amounts.filter((amount) => amount > 0).length;
      layers.add(layer.node.label);
    }
    return [
      channels
        ? `Moved the part of ${channels} channels' biases in ${layers.size} layers that no ReLU cuts off into the layers behind.`
        : 'absorb-bias: no ReLU between unpadded layers leaves a channel uncut.',
    ];
  },
};

interface Absorbing {
  readonly group: ChannelGroup;
  readonly layer: ChannelLayer;
  /** What the layer makes, before the ReLU. */
  readonly from: string;
}

function absorbing(state: RewriteState): Absorbing[] {
  const { graph } = state.model;
  return state.groups().flatMap((group): Absorbing[] => {
    const [maker] = group.makers;
    if (!group.shiftable || maker?.kind !== 'layer' || !takesBias(maker.layer.node)) return [];
    const isCut = graph.users(maker.output).every(({ node }) => ['Relu', 'Clip'].includes(node.op));
    return isCut && group.readers.every(seesNoPadding) ? [{ group, layer: maker.layer, from: maker.output }] : [];
  });
}

const takesBias = (node: Node): boolean => node.op !== 'MatMul' && node.float('beta', 1) !== 0;

function seesNoPadding({ layer: { node } }: Reader): boolean {
  // A transposed convolution adds up fewer terms at its borders.
  if (node.op === 'ConvTranspose' || !takesBias(node)) return false;
  if (!['NOTSET', 'VALID'].includes(node.string('auto_pad', 'NOTSET'))) return false;
  return (node.ints('pads') ?? []).every((value) => value === 0);
}

/** By channel; nothing where it reaches the bound of a Clip, which would have to move too. */
function absorbed(graph: Graph, group: ChannelGroup, { floor, high }: ChannelRange): Float64Array {
  const bound = Math.min(...group.clips.map(({ high: at }) => at), Infinity);
  // A Clip that begins above zero cuts off more than a ReLU does.
  const begins = graph
    .users(group.makers[0]!.output)
    .map(({ node }) => clampBounds(node, graph)?.low ?? Infinity)
    .reduce((a, b) => Math.max(a, b), 0);
  return floor.map((least, channel) => (begins === 0 && high[channel]! < bound && Number.isFinite(least) ? Math.max(0, least) : 0));
}

function shift(state: RewriteState, group: ChannelGroup, layer: ChannelLayer, amounts: Float64Array): void {
  const { graph } = state.model;
  const factor = ({ node }: ChannelLayer, name: 'alpha' | 'beta'): number => (node.op === 'Gemm' ? node.float(name, 1) : 1);
  const beta = factor(layer, 'beta');
  setBias(
    graph,
    layer,
    biasOf(graph, layer).map((value, channel) => value - amounts[channel]! / beta),
  );
  for (const { layer: reader, block } of group.readers) {
    const gained = products(graph, reader, (input) => amounts[Math.floor(input / block)]!);
    const scale = factor(reader, 'alpha') / factor(reader, 'beta');
    setBias(
      graph,
      reader,
      biasOf(graph, reader).map((value, channel) => value + scale * gained[channel]!),
    );
  }
  const negative = amounts.map((amount) => -amount);
  for (const value of group.values.keys()) {
    state.channels.shift(value, negative);
    const normal = state.batchNorm.get(value);
    if (normal) negative.forEach((by, channel) => (normal.mean[channel]! += by));
  }
}

/** What a constant in each input channel makes of each output channel. */
function products(graph: Graph, layer: ChannelLayer, constant: (input: number) => number): Float64Array {
  const { node, rows, columns, kernel, rowsAre, outputs } = layer;
  const weights = graph.constant(node.inputs[1]!)!.toFloat32();
  const sums = new Float64Array(outputs);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const other = otherChannel(layer, row, column);
      const [output, input] = rowsAre === 'outputs' ? [row, other] : [other, row];
      let sum = 0;
      for (const end = at + kernel; at < end; at++) sum += weights[at]!;
      sums[output]! += sum * constant(input);
    }
  }
  return sums;
}
