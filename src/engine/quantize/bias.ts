import { DataType } from '../onnx/data-type.ts';
import { resultOf } from '../targets/zcu104/fixes.ts';
import type { TargetLimits } from '../targets/limits.ts';
import { biasShift } from '../targets/zcu104/positions.ts';
import { anyPosition, holdingPosition, scaleAt, within, type Positions } from './power-of-two/position.ts';
import type { IntegerNode } from './placement.ts';
import type { StaticPlan } from './plan.ts';
import { hasBiasApart } from './scale-sharing.ts';
import { roundHalfEven, smallestScale } from './scheme.ts';

type BiasWidth = Pick<TargetLimits, 'biasBits'>;

/** Codes of a bias stay below this: a quarter of int32's range, the rest is for the sum of products; all of a narrower bias. */
const largestCode = (bits: number): number => (bits === 32 ? 2 ** 29 : 2 ** (bits - 1) - 1);

/**
 * The least scale each weight channel must have so that its bias, stored as integers with scale = input scale * weight scale, fits.
 * Channels of tiny weights under a large bias (dead channels after folding) would overflow otherwise.
 */
export function leastScalesForBias(bias: ArrayLike<number>, inputScale: number, { biasBits = 32 }: BiasWidth = {}): Float64Array {
  return Float64Array.from(bias, (value) => Math.abs(value) / (inputScale * largestCode(biasBits)));
}

/** How a layer's bias is stored, as far as it follows from what is around the layer. */
export type BiasFormat =
  /** With scale = input scale * weight scale: it is added to the sum of products as it is. */
  | { readonly kind: 'int32'; readonly inputScale: number; readonly bits?: number }
  /** With a fix position of its own, that the target can shift to the sum of products. */
  | { readonly kind: 'int8'; readonly input: number; readonly output: number; readonly leaky: boolean }
  /**
   * int32 on a scale of its own, beside weights that no integer kernel multiplies. Not as float: ONNX Runtime 1.30 would round it on input
   * scale * weight scale while loading, where a bias beside 16-bit weights overflows.
   */
  | { readonly kind: 'own scale'; readonly powerOfTwo: boolean };

export interface QuantizedBias {
  readonly type: typeof DataType.int32 | typeof DataType.int8;
  readonly data: Int32Array;
  /** One a channel, or one. int32 beside integer kernels: input scale * weight scale, rounded to float32 as the kernels do. */
  readonly scales: Float32Array;
}

/** How the target stores the bias of one of the plan's layers. */
export function biasFormat({ request, schemes, model }: StaticPlan, { node, compute, output }: IntegerNode): BiasFormat {
  const inputScale = schemes.get(node.inputs[compute!.role.activation]!)!.scale;
  const { dims } = model.graph.constant(node.inputs[compute!.role.weight]!)!;
  if (hasBiasApart(compute!.settings, dims, compute!.role.channelAxis(node, dims.length)))
    return { kind: 'own scale', powerOfTwo: compute!.settings.scales === 'power-of-two' };
  if (request.target.biasType !== 'int8') return { kind: 'int32', inputScale, bits: request.target.biasBits };
  const { between } = resultOf(model.graph, node);
  const leaky = between.some(({ op, outputs }) => op === 'LeakyRelu' && outputs[0] === output);
  return { kind: 'int8', input: -Math.log2(inputScale), output: -Math.log2(schemes.get(output)!.scale), leaky };
}

/** `weightScales` has one entry, or one for each element of `bias`; one power of two for `int8`. */
export function quantizeBias(bias: ArrayLike<number>, format: BiasFormat, weightScales: Float32Array): QuantizedBias {
  if (format.kind === 'int8') return narrowBias(bias, biasPositions(format, -Math.log2(weightScales[0]!)));
  if (format.kind === 'own scale') return biasOnOwnScale(bias, format.powerOfTwo);
  const scales = Float32Array.from(weightScales, (scale) => format.inputScale * scale);
  const { low, high } = codesOfBias(format);
  const code = (value: number, channel: number): number => roundHalfEven(value / scales[scales.length === 1 ? 0 : channel]!);
  const data = Int32Array.from(bias, (value, channel) => Math.max(low, Math.min(high, code(value, channel))));
  return { type: DataType.int32, data, scales };
}

/** Integers that a bias may be stored as. */
export function codesOfBias(format: BiasFormat): { readonly low: number; readonly high: number } {
  const bits = format.kind === 'int8' ? 8 : format.kind === 'int32' ? (format.bits ?? 32) : 32;
  return { low: -(2 ** (bits - 1)), high: 2 ** (bits - 1) - 1 };
}

function biasOnOwnScale(bias: ArrayLike<number>, powerOfTwo: boolean): QuantizedBias {
  const largest = Float64Array.from(bias).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const least = Math.max(largest / 2 ** 30, smallestScale);
  const scale = powerOfTwo ? 2 ** Math.ceil(Math.log2(least)) : Math.fround(least);
  return { type: DataType.int32, data: Int32Array.from(bias, (value) => roundHalfEven(value / scale)), scales: Float32Array.of(scale) };
}

/** What an int8 bias amounts to once stored. */
export const storedBias = ({ data, scales }: QuantizedBias): Float64Array =>
  Float64Array.from(data, (code, channel) => code * scales[scales.length === 1 ? 0 : channel]!);

const [lowest, highest] = [-128, 127];

/** The finest position that holds all of a bias in 8 bits. */
export function positionHoldingBias(bias: ArrayLike<number>): number {
  const values = Float64Array.from(bias);
  return holdingPosition(
    values.reduce((a, b) => Math.min(a, b), 0),
    values.reduce((a, b) => Math.max(a, b), 0),
    lowest,
    highest,
  );
}

/** Positions from which the DPU can shift a bias to sums of position input + weights. */
function biasPositions({ input, output, leaky }: BiasFormat & { kind: 'int8' }, weights: number): Positions {
  const shift = biasShift(weights + input - output, leaky);
  return { least: weights + input - shift.greatest, greatest: weights + input - shift.least };
}

/** Positions finer than the one that holds all of it are tried: a clipped large bias may cost less than coarse steps for all. */
const finer = 2;

function narrowBias(bias: ArrayLike<number>, allowed: Positions): QuantizedBias {
  const holding = within(within(positionHoldingBias(bias), allowed), anyPosition);
  let best: { data: Int32Array; error: number; scale: number } | undefined;
  for (let position = holding; position <= within(holding + finer, allowed); position++) {
    const scale = scaleAt(position);
    const data = Int32Array.from(bias, (value) => Math.max(lowest, Math.min(highest, roundHalfEven(value / scale))));
    const error = data.reduce((sum, code, channel) => sum + (code * scale - bias[channel]!) ** 2, 0);
    if (!best || error < best.error) best = { data, error, scale };
  }
  return { type: DataType.int8, data: best!.data, scales: Float32Array.of(best!.scale) };
}
