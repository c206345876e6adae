import { contradictions, inputMetadataKey } from '../data/input-settings.ts';
import type { Dataset, LoadedSample, ModelInput } from '../data/types.ts';
import { DataType } from '../onnx/data-type.ts';
import type { Model, Node } from '../onnx/graph.ts';
import { numbersOf } from './outputs.ts';

/** Doubled and forgotten normalisation are the commonest failure of all: what can be seen of them is said. */

/** The first samples of a dataset are looked at, whichever shard they are in. */
const watchedSamples = 16;

/** A quantized input range that is used to less than this share, or exceeded by more than its inverse, belongs to other pictures. */
const leastUse = 1 / 16;

/** What a model's first nodes say of the values it wants. */
export interface InputExpectation {
  /** Range that the input was quantized for. */
  readonly range?: readonly [low: number, high: number];
  /** What the model divides its input by itself, where that is much: it wants 0 to 255. */
  readonly divisor?: number;
}

/** Extremes of what was fed. */
export interface FedRange {
  readonly low: number;
  readonly high: number;
}

/** Warns where the settings in use contradict those the model carries. */
export function settingsWarnings(dataset: Dataset, modelInput: ModelInput, model: Model): string[] {
  const { input } = dataset;
  if (!input) return [];
  const { layout, color, scale, mean, std, crop, resize } = input;
  const asked = {
    layout,
    color,
    scale,
    mean: [...mean],
    std: [...std],
    ...(crop && { crop: [...crop] as [number, number] }),
    ...(resize && { resize: { ...resize, size: [...resize.size] as [number, number] } }),
  };
  const keys = contradictions(asked, modelInput, model.metadata);
  if (keys.length === 0) return [];
  return [`the input settings differ from those the model was made with (${inputMetadataKey} in its metadata): ${keys.join(', ')}`];
}

/** Extends the range by a sample of the first few; others leave it as it is. */
export function seeInput(range: FedRange | undefined, sample: LoadedSample): FedRange | undefined {
  if (sample.index >= watchedSamples) return range;
  let { low, high } = range ?? { low: Infinity, high: -Infinity };
  const values = numbersOf(sample.input);
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return { low, high };
}

export function joinRanges(ranges: readonly (FedRange | undefined)[]): FedRange | undefined {
  const known = ranges.filter((range) => range !== undefined);
  if (known.length === 0) return undefined;
  return { low: Math.min(...known.map(({ low }) => low)), high: Math.max(...known.map(({ high }) => high)) };
}

export const inputExpectation = (model: Model, input: string): InputExpectation => ({
  range: quantizedRange(model, input),
  divisor: ownDivisor(model, input),
});

/** What the model expects against the values that were fed. */
export function rangeWarnings({ range, divisor }: InputExpectation, seen: FedRange | undefined): string[] {
  if (!seen || !(seen.low < seen.high)) return [];
  const fed = `the pictures give ${format(seen.low)} to ${format(seen.high)}`;
  if (range) {
    const [low, high] = range;
    const used = (seen.high - seen.low) / (high - low);
    if (used > 1 / leastUse || used < leastUse) {
      return [
        `the model's input was quantized for values from ${format(low)} to ${format(high)}, but ${fed}: is the normalisation missing or doubled?`,
      ];
    }
  }
  // 0 to 1, or standardized pictures: far from what is still to be divided by 255.
  if (divisor !== undefined && seen.high - seen.low < 16) {
    return [`the model divides its input by ${format(divisor)} itself, but ${fed}: is the normalisation doubled?`];
  }
  return [];
}

const format = (value: number): string => String(Number(value.toPrecision(4)));

/** Range of the QuantizeLinear behind the input, where there is one. */
function quantizedRange(model: Model, input: string): [number, number] | undefined {
  const { graph } = model;
  const quantize = graph.users(input).find(({ node, index }) => node.op === 'QuantizeLinear' && index === 0)?.node;
  const scale = constant(model, quantize?.inputs[1]);
  if (!quantize || scale === undefined) return undefined;
  const zeroPoint = graph.constant(quantize.inputs[2] ?? '');
  const [low, high] = zeroPoint?.type === DataType.int8 ? [-128, 127] : [0, 255];
  const zero = constant(model, quantize.inputs[2]) ?? 0;
  return [(low - zero) * scale, (high - zero) * scale];
}

/** What the nodes right behind the input divide it by, where that is much: a model that wants 0 to 255. */
function ownDivisor(model: Model, input: string): number | undefined {
  let value = input;
  let divisor = 1;
  for (let step = 0; step < 4; step++) {
    const users = model.graph.users(value);
    const node: Node | undefined = users.length === 1 ? users[0]!.node : undefined;
    if (!node || !['Mul', 'Div', 'Sub', 'Add', 'Cast', 'Transpose', 'Identity'].includes(node.op)) break;
    const other = constant(
      model,
      node.inputs.find((name) => name !== value),
    );
    if (node.op === 'Div' && node.inputs[0] === value) divisor *= other ?? 1;
    if (node.op === 'Mul') divisor /= other ?? 1;
    value = node.outputs[0]!;
  }
  return divisor >= 50 ? divisor : undefined;
}

/** The one number behind a constant, or the first of a few; undefined when it is none or not loaded. */
function constant(model: Model, name: string | undefined): number | undefined {
  const tensor = name === undefined ? undefined : model.graph.constant(name);
  return tensor?.source.kind === 'bytes' ? tensor.toFloat64()[0] : undefined;
}
