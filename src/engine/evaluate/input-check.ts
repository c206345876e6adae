import { contradictions, inputMetadataKey } from '../data/input-settings.ts';
import type { Dataset, LoadedSample, ModelInput } from '../data/types.ts';
import { DataType } from '../onnx/data-type.ts';
import type { Model, Node } from '../onnx/graph.ts';
import { numbersOf } from './outputs.ts';

/** Doubled and forgotten normalisation are the commonest failure of all: what can be seen of them is said. */

/** Samples whose values are looked at. */
export const watchedSamples = 16;

/** A quantized input range that is used to less than this share, or exceeded by more than its inverse, belongs to other pictures. */
const leastUse = 1 / 16;

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

/** Extremes of what was fed. */
export class InputWatch {
  #low = Infinity;
  #high = -Infinity;

  see(sample: LoadedSample): void {
    const values = numbersOf(sample.input);
    for (let i = 0; i < values.length; i++) {
      this.#low = Math.min(this.#low, values[i]!);
      this.#high = Math.max(this.#high, values[i]!);
    }
  }

  /** What the model's first nodes say against the values that were fed. */
  warnings(model: Model, input: string): string[] {
    if (!(this.#low < this.#high)) return [];
    const fed = `the pictures give ${format(this.#low)} to ${format(this.#high)}`;
    const range = quantizedRange(model, input);
    if (range) {
      const [low, high] = range;
      const used = (this.#high - this.#low) / (high - low);
      if (used > 1 / leastUse || used < leastUse) {
        return [
          `the model's input was quantized for values from ${format(low)} to ${format(high)}, but ${fed}: is the normalisation missing or doubled?`,
        ];
      }
    }
    const divisor = ownDivisor(model, input);
    if (divisor !== undefined && this.#high - this.#low < 16) {
      return [`the model divides its input by ${format(divisor)} itself, but ${fed}: is the normalisation doubled?`];
    }
    return [];
  }
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
