import { LatheError } from '../base/errors.ts';
import type { Graph, Model, Node } from '../onnx/graph.ts';
import { biasFormat, codesOfBias, quantizeBias } from '../quantize/bias.ts';
import { copyPlan } from '../quantize/copy-plan.ts';
import type { IntegerNode } from '../quantize/placement.ts';
import type { StaticPlan } from '../quantize/plan.ts';
import type { RoundedLayer } from '../quantize/round/rounding.ts';
import { roundHalfEven, type Scheme } from '../quantize/scheme.ts';
import type { LayerRow } from '../quantize/types.ts';
import { rowsOfWeights } from '../quantize/weights.ts';
import { writeStatic } from '../quantize/write-static.ts';
import { biasCodes } from './layers.ts';
import type { Values } from './methods/method.ts';
import type { TrainedLayer, TrainingModel } from './training-model.ts';

/** What was trained, as the QDQ model that post-training quantization would write. */
export interface ExportedModel {
  readonly model: Model;
  readonly layers: readonly LayerRow[];
}

/** Writes the trained weights, biases and scales with the plan's writer. `trained` is the training model with its weights as they are now; nothing is changed. */
export function exportTrained(plan: StaticPlan, { layers, activations }: TrainingModel, trained: Model): ExportedModel {
  const values = valuesOf(trained.graph);
  const schemes = new Map<string, Scheme>(plan.schemes);
  for (const { values: group, rounding } of activations) {
    const scale = rounding.scale(values);
    for (const value of group) schemes.set(value, { ...plan.schemes.get(value)!, scale });
  }
  const copy = copyPlan({ ...plan, schemes });
  carryOver(copy.plan.model.graph, trained.graph);
  const rounded = new Map<Node, RoundedLayer>();
  for (const integer of copy.plan.placement.integerNodes) {
    const original = plan.placement.integerNodes.find(({ node }) => copy.copyOf(node) === integer.node)!;
    const layer = layers.get(original.node);
    if (layer)
      rounded.set(
        integer.node,
        roundedLayer(layer, values, (scales, bias) => roundedBias(copy.plan, integer, layer, scales, bias)),
      );
  }
  for (const { node } of plan.placement.weightsOnly) {
    const layer = layers.get(node);
    if (layer)
      rounded.set(
        copy.copyOf(node),
        roundedLayer(layer, values, () => undefined),
      );
  }
  return { layers: writeStatic(copy.plan, rounded), model: copy.plan.model };
}

/** As the training model rounds it, in float32; a fix position of its own stays. */
function roundedBias(
  plan: StaticPlan,
  integer: IntegerNode,
  { layer }: TrainedLayer,
  scales: Float32Array,
  bias: Float32Array,
): RoundedLayer['bias'] {
  const format = biasFormat(plan, integer);
  if (format.kind === 'own scale') return quantizeBias(bias, format, scales);
  const steps = format.kind === 'int8' ? layer.start.bias!.scales : Float32Array.from(scales, (scale) => format.inputScale * scale);
  const [trained, stored] = [biasCodes[format.kind], codesOfBias(format)];
  const { low, high } = { low: Math.max(trained.low, stored.low), high: Math.min(trained.high, stored.high) };
  const code = (value: number, channel: number): number => roundHalfEven(Math.fround(value / steps[steps.length === 1 ? 0 : channel]!));
  const data = Int32Array.from(bias, (value, channel) => Math.max(low, Math.min(high, code(value, channel))));
  return { type: layer.start.bias!.type, data, scales: steps };
}

const valuesOf =
  (graph: Graph): Values =>
  (name) => {
    const tensor = graph.initializers.get(name);
    if (!tensor) throw new LatheError('qat.parameter', `the trained model has no tensor ${JSON.stringify(name)}`);
    return tensor.typed() as Float32Array;
  };

/** Constants of layers that stay in float keep their names and were trained too. */
function carryOver(to: Graph, from: Graph): void {
  for (const name of to.initializers.keys()) {
    const tensor = from.initializers.get(name);
    if (tensor) to.initializers.set(name, tensor);
  }
}

type BiasRounding = (scales: Float32Array, bias: Float32Array) => RoundedLayer['bias'];

function roundedLayer({ layer, rounding, bias, normalization }: TrainedLayer, values: Values, roundBias: BiasRounding): RoundedLayer {
  const { start, dims, weights: float } = layer;
  const { codes, scales: own } = rounding.codes(values);
  const folded = normalization?.fold(values);
  const scales = folded ? own.map((scale, row) => scale * folded.factors[row]!) : own;
  const rows = rowsOfWeights(dims, start.weights);
  const data = start.weights.data.slice();
  let noise = 0;
  for (let row = 0; row < rows.channels; row++) {
    for (let i = 0; i < rows.lengthOf(row); i++) {
      const at = rows.offset(row, i);
      data[at] = codes[at]! + start.weights.zeroPoints[row]!;
      noise += (scales[row]! * codes[at]! - float[at]!) ** 2;
    }
  }
  const weights = { ...start.weights, data, scales, noise };
  const trained = folded?.bias ?? bias?.current(values);
  return { weights, saturation: start.saturation, bias: trained ? roundBias(scales, trained) : start.bias };
}
