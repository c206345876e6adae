import type { ChannelHistogram, ChannelsDocument, LayerChannel } from '../../protocol/results/channels.ts';
import { throwIfCancelled } from '../base/errors.ts';
import type { Dataset } from '../data/types.ts';
import { numbersOf } from '../evaluate/outputs.ts';
import { layerConstants } from '../quantize/layer-weights.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import { rangeOf } from '../quantize/scheme.ts';
import { variantsAt, type LayerVariant } from '../quantize/variant.ts';
import { dequantizedWeights } from '../quantize/weights.ts';
import { rowsOf } from '../quantize/rows.ts';
import type { RuntimeTensor } from '../runtime/runtime.ts';
import { pictureFeeder } from '../statistics/feed.ts';
import { Histogram } from '../statistics/histogram.ts';
import { Cuts } from './cuts.ts';
import { layersOf, type PlanLayer } from './layers.ts';
import { PartSession } from './part-session.ts';
import type { AnalyzeDependencies, Widths } from './types.ts';

const bins = 48;

export interface ChannelsRequest {
  readonly layer: string;
  readonly widths: Widths;
  readonly dataset: Dataset;
}

/**
 * One layer channel by channel: ranges and rounding of its weights, and what quantizing this layer alone does to its own output on its float
 * input. Channels of the output lie along axis 1, of a matrix product along the last axis. Memory does not grow with the pictures.
 * Throws `analyze.layer` for a name that is none, what reading pictures throws, and Cancelled.
 */
export async function layerChannels(
  plan: StaticPlan,
  { layer: name, widths, dataset }: ChannelsRequest,
  deps: AnalyzeDependencies,
): Promise<ChannelsDocument> {
  const [layer] = layersOf(plan, [widths], [name]).layers as [PlanLayer];
  const variant = (await variantsAt(plan, widths)).get(layer.node)!;
  const output = new OutputChannels(layer.node.op === 'MatMul' ? -1 : 1);
  const input = new Histogram();
  const samples = await stream(plan, layer, variant, dataset, deps, (read, before, after) => {
    input.add(Float32Array.from(numbersOf(read)));
    output.add(before, after);
  });
  const weights = weightChannels(plan, layer, variant);
  const rows = output.rows(weights.channels);
  const [scheme] = variant.inputs.values();
  const read = layer.node.inputs[variant.compute.role.activation]!;
  const seen = plan.statistics.get(read);
  const range = scheme && rangeOf(scheme);
  return {
    model: plan.model.path ?? '',
    layer: layer.name,
    op: layer.op,
    weights: widths.weights,
    activations: widths.activations,
    samples,
    ...output.whole,
    input:
      scheme && range && seen
        ? {
            value: read,
            low: seen.low,
            high: seen.high,
            bits: Math.round(Math.log2(scheme.highest - scheme.lowest + 1)),
            from: range.low,
            to: range.high,
          }
        : null,
    channels: rows,
    histograms: { weights: weights.histograms, input: coarse([['float', input]]), output: output.histograms },
    warnings: [],
  };
}

/** Runs the model up to the layer, and the layer both ways, on each picture. Returns how many there were. */
async function stream(
  plan: StaticPlan,
  layer: PlanLayer,
  variant: LayerVariant,
  dataset: Dataset,
  deps: AnalyzeDependencies,
  take: (read: RuntimeTensor, before: RuntimeTensor, after: RuntimeTensor) => void,
): Promise<number> {
  const cuts = new Cuts(plan.model);
  const feed = pictureFeeder(plan.model);
  const at = cuts.positionOf(layer.node);
  const [value, read] = [layer.node.outputs[0]!, layer.node.inputs[variant.compute.role.activation]!];
  const { progress, signal } = deps.context;
  const total = dataset.samples.length;
  const parts: PartSession[] = [];
  let samples = 0;
  try {
    for await (const sample of dataset.stream({ signal })) {
      throwIfCancelled(signal);
      const values = new Map(Object.entries(feed(sample)));
      const open = (from: number, to: number, layers: readonly LayerVariant[]) =>
        PartSession.open({ ...deps, cuts, shapes: plan.shapes }, { from, to }, layers, values);
      const front = (parts[0] ??= await open(0, at, []));
      for (const [name, tensor] of Object.entries(await front.run(values))) values.set(name, tensor);
      const before = (parts[1] ??= await open(at, at + 1, []));
      const after = (parts[2] ??= await open(at, at + 1, [variant]));
      take(values.get(read)!, (await before.run(values))[value]!, (await after.run(values))[value]!);
      samples++;
      progress.report({ phase: 'analyze', done: samples, total, unit: 'pictures' });
    }
  } finally {
    for (const part of parts) await part.dispose();
  }
  return samples;
}

/** Sums over the elements of each channel of the layer's output, float and quantized. */
class OutputChannels {
  #signal = new Float64Array(0);
  #noise = new Float64Array(0);
  #low = new Float64Array(0);
  #high = new Float64Array(0);
  readonly #before = new Histogram();
  readonly #after = new Histogram();
  readonly #axis: number;

  constructor(axis: number) {
    this.#axis = axis;
  }

  add(before: RuntimeTensor, after: RuntimeTensor): void {
    const { dims } = before;
    const axis = this.#axis < 0 ? dims.length + this.#axis : Math.min(this.#axis, dims.length - 1);
    const rows = rowsOf(dims, axis);
    if (this.#signal.length === 0) {
      this.#signal = new Float64Array(rows.channels);
      this.#noise = new Float64Array(rows.channels);
      this.#low = new Float64Array(rows.channels).fill(Infinity);
      this.#high = new Float64Array(rows.channels).fill(-Infinity);
    }
    const [a, b] = [numbersOf(before), numbersOf(after)];
    for (let channel = 0; channel < Math.min(rows.channels, this.#signal.length); channel++) {
      for (let i = 0; i < rows.length; i++) {
        const at = rows.offset(channel, i);
        const [x, y] = [a[at]!, b[at]!];
        this.#signal[channel]! += x * x;
        this.#noise[channel]! += x === y ? 0 : (y - x) ** 2;
        this.#low[channel] = Math.min(this.#low[channel]!, x);
        this.#high[channel] = Math.max(this.#high[channel]!, x);
      }
    }
    this.#before.add(Float32Array.from(a));
    this.#after.add(Float32Array.from(b));
  }

  get whole(): { sqnrDb: number | null; equal?: true } {
    return sqnr(sum(this.#signal), sum(this.#noise));
  }

  get histograms(): ChannelHistogram[] {
    return coarse([['float', this.#before], ['quantized', this.#after]]); // prettier-ignore
  }

  /** Worst first. */
  rows(weights: readonly LayerChannel['weights'][]): LayerChannel[] {
    const all = sum(this.#noise);
    return Array.from(this.#noise, (noise, channel): LayerChannel => ({
      channel,
      weights: weights[channel] ?? null,
      low: this.#low[channel]!,
      high: this.#high[channel]!,
      ...sqnr(this.#signal[channel]!, noise),
      share: all === 0 ? 0 : noise / all,
    })).sort((a, b) => b.share - a.share);
  }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

const sqnr = (signal: number, noise: number): { sqnrDb: number | null; equal?: true } =>
  noise === 0 ? { sqnrDb: null, equal: true } : { sqnrDb: 10 * Math.log10(signal / noise) };

/** Ranges, scales and rounding errors of the weights by output channel. */
function weightChannels(
  { model }: StaticPlan,
  { node }: PlanLayer,
  { compute, rounded }: LayerVariant,
): { channels: LayerChannel['weights'][]; histograms: ChannelHistogram[] } {
  if (!model.graph.constant(node.inputs[compute.role.weight]!)) return { channels: [], histograms: [] };
  const { dims, weights, channelAxis } = layerConstants(node, compute, model.graph);
  const after = rounded ? dequantizedWeights(rounded.weights, dims) : weights;
  const rows = rowsOf(dims, channelAxis);
  const channels = Array.from({ length: rows.channels }, (_, channel) => {
    let [low, high, signal, noise] = [Infinity, -Infinity, 0, 0];
    for (let i = 0; i < rows.length; i++) {
      const [x, y] = [weights[rows.offset(channel, i)]!, after[rows.offset(channel, i)]!];
      low = Math.min(low, x);
      high = Math.max(high, x);
      signal += x * x;
      noise += (y - x) ** 2;
    }
    const scales = rounded?.weights.scales;
    const scale = scales ? scales[Math.floor((channel * scales.length) / rows.channels)]! : 0;
    return { low, high, scale, ...sqnr(signal, noise) };
  });
  const [first, second] = [new Histogram(), new Histogram()];
  first.add(Float32Array.from(weights));
  second.add(Float32Array.from(after));
  return { channels, histograms: coarse(rounded ? [['float', first], ['quantized', second]] : [['float', first]]) }; // prettier-ignore
}

/** Fine histograms in equal bins over the range of all of them, each fine bin going where its middle lies. */
function coarse(given: readonly (readonly [label: string, histogram: Histogram])[]): ChannelHistogram[] {
  const low = Math.min(...given.map(([, one]) => one.low));
  const high = Math.max(...given.map(([, one]) => one.high));
  if (!(low < high)) return [];
  return given.map(([label, { width, first, counts }]) => {
    const binned = new Array<number>(bins).fill(0);
    counts.forEach((count, i) => {
      const middle = (first + i + 0.5) * width;
      const bin = Math.floor(((middle - low) / (high - low)) * bins);
      binned[Math.max(0, Math.min(bins - 1, bin))]! += count;
    });
    return { label, low, high, counts: binned };
  });
}
