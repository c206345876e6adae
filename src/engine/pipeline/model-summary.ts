import type { ModelSummary } from '../../protocol/results.ts';
import type { Model } from '../onnx/graph.ts';
import { layerCosts, modelCost, type LayerCost } from '../ops/cost.ts';
import { inferShapes } from '../ops/infer.ts';
import type { HashedFile } from './hash.ts';
import type { StepReport } from './steps/step.ts';

/** Bits of a float that nothing has quantized. */
const floatBits = 32;

/**
 * Size and cost of a model of a run. `bits`: what the steps made of its layers; without it, a model as the user gave it. `packedBytes` is
 * the file's size with each weight in the bits it uses instead of the type it is stored in.
 */
export function summarizeModel(
  model: Model,
  place: { readonly path: string; readonly role: ModelSummary['role']; readonly file: HashedFile },
  bits: StepReport['bits'],
): ModelSummary {
  const shapes = inferShapes(model);
  const cost = modelCost(model, shapes);
  const layers = layerCosts(model, shapes).filter((layer) => layer.parameters > 0);
  const widths = layers.map((layer) => ({ layer, bits: bits[layer.label]?.weights }));
  const saved = widths.reduce((sum, { layer, bits: used }) => sum + (used === undefined ? 0 : unusedBytes(layer, used)), 0);
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const weightBits = widths.reduce((sum, { layer, bits: used }) => sum + layer.parameters * (used ?? storedBits(layer)), 0);
  const activations = Object.values(bits).flatMap((entry) => entry.activations ?? []);
  return {
    path: place.path,
    role: place.role,
    bytes: place.file.bytes,
    packedBytes: place.file.bytes - saved,
    parameters: cost.parameters,
    macs: cost.macs,
    weightBits: parameters === 0 ? null : round(weightBits / parameters),
    activationBits: activations.length === 0 ? floatBits : Math.max(...activations),
    sparsity: null,
  };
}

/** Bytes of a layer's weights beyond the bits they use. Biases keep their width: they are few. */
function unusedBytes(layer: LayerCost, bits: number): number {
  const stored = storedBits(layer);
  return stored > 8 ? 0 : Math.floor((layer.parameters * Math.max(0, stored - bits)) / 8);
}

const storedBits = (layer: LayerCost): number => Math.round((layer.weightBytes * 8) / layer.parameters);

/** Averages of bits with two decimals. */
const round = (value: number): number => Math.round(value * 100) / 100;
