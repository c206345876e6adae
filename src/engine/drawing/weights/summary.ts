import { dataTypeBits, dataTypeName, isFloatType } from '../../onnx/data-type.ts';
import type { HistogramView } from '../../../protocol/view.ts';
import type { QuantizationView, WeightsView } from '../../../protocol/weights.ts';
import { GrowingBins } from './bins.ts';
import { channelAt, channelsOf, realValues, type Channels } from './channels.ts';
import { chunks, type Reading } from './chunks.ts';
import { isInteger, type Quantization, type StoredWeights } from './stored.ts';

/** Scales that are sent to be looked at. */
const mostScales = 1024;
/** Widths that a float tensor can be rounded to for a look. */
const widths = [8, 7, 6, 5, 4, 3, 2];

export type WeightsSummary = Omit<WeightsView, 'node' | 'input' | 'name'>;

/** One pass over a tensor: range, moments, histogram, ranges by channel. Memory does not grow with it. Throws and ends as `chunks`. */
export async function summarizeWeights(weights: StoredWeights, reading: Reading): Promise<WeightsSummary> {
  const { tensor, quantization } = weights;
  const channels = channelsOf(weights);
  const seen = new Seen(channels, stepOf(weights), isInteger(tensor));
  const real = realValues(weights);
  let element = 0;
  for await (const piece of chunks(tensor, reading)) {
    for (let i = 0; i < piece.length; i++, element++) {
      const stored = piece[i]!;
      seen.add(stored, real(stored, element), channelAt(channels, element));
    }
    reading.progress(element / Math.max(1, tensor.size));
  }
  return {
    type: dataTypeName(tensor.type),
    shape: [...tensor.dims],
    bytes: tensor.byteLength,
    elements: tensor.size,
    ...seen.figures(),
    ...(quantization && { quantization: quantizationView(quantization, tensor.type) }),
    widths: isFloatType(tensor.type) && tensor.size > 1 ? widths : [],
  };
}

/** The step between the numbers of a tensor; undefined where there is none, or several. */
function stepOf({ tensor, quantization }: StoredWeights): number | undefined {
  if (quantization) return quantization.scale.length === 1 ? quantization.scale[0] : undefined;
  return isInteger(tensor) ? 1 : undefined;
}

class Seen {
  #zeros = 0;
  #nan = 0;
  #infinite = 0;
  #finite = 0;
  #mean = 0;
  #squares = 0;
  #low = Infinity;
  #high = -Infinity;
  readonly #lows: Float64Array;
  readonly #highs: Float64Array;
  readonly #bins: GrowingBins;
  readonly #codes: GrowingBins | undefined;

  constructor(
    readonly channels: Channels,
    step: number | undefined,
    integers: boolean,
  ) {
    this.#bins = new GrowingBins(step);
    this.#codes = integers ? new GrowingBins(1) : undefined;
    this.#lows = new Float64Array(channels.entries).fill(Infinity);
    this.#highs = new Float64Array(channels.entries).fill(-Infinity);
  }

  add(stored: number, value: number, channel: number): void {
    if (!Number.isFinite(value)) {
      if (Number.isNaN(value)) this.#nan++;
      else this.#infinite++;
      return;
    }
    if (value === 0) this.#zeros++;
    this.#codes?.add(stored);
    this.#bins.add(value);
    // Welford (1962): exact enough however many elements there are.
    const delta = value - this.#mean;
    this.#mean += delta / ++this.#finite;
    this.#squares += delta * (value - this.#mean);
    const entry = Math.floor(channel / this.channels.stride);
    if (value < this.#low) this.#low = value;
    if (value > this.#high) this.#high = value;
    if (value < this.#lows[entry]!) this.#lows[entry] = value;
    if (value > this.#highs[entry]!) this.#highs[entry] = value;
  }

  figures(): Pick<
    WeightsSummary,
    'zeros' | 'nan' | 'infinite' | 'low' | 'high' | 'mean' | 'deviation' | 'histogram' | 'codes' | 'channels'
  > {
    const some = this.#finite > 0;
    const { axis, count, stride } = this.channels;
    return {
      zeros: this.#zeros,
      nan: this.#nan,
      infinite: this.#infinite,
      low: some ? this.#low : null,
      high: some ? this.#high : null,
      mean: some ? this.#mean : null,
      deviation: some ? Math.sqrt(this.#squares / this.#finite) : null,
      histogram: histogram('Values', this.#bins),
      ...(this.#codes && { codes: histogram('Stored integers', this.#codes) }),
      ...(count > 1 && { channels: { axis, count, stride, low: finite(this.#lows), high: finite(this.#highs) } }),
    };
  }
}

/** A channel without a finite element has no range: it is shown as zero. */
const finite = (values: Float64Array): number[] => Array.from(values, (value) => (Number.isFinite(value) ? value : 0));

const histogram = (label: string, bins: GrowingBins): HistogramView => ({ label, ...bins.counts() });

function quantizationView({ scale, zeroPoint, axis, block }: Quantization, type: number): QuantizationView {
  const bits = dataTypeBits(type);
  return {
    type: bits === undefined ? 'unknown' : dataTypeName(type),
    granularity: block !== undefined ? 'block' : scale.length === 1 ? 'tensor' : 'channel',
    ...(axis !== undefined && { axis }),
    count: scale.length,
    scale: Array.from(scale.subarray(0, mostScales)),
    zeroPoint: Array.from(zeroPoint.subarray(0, mostScales)),
  };
}
