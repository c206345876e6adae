import type { InspectedLayer } from '../../protocol/results/inspect.ts';
import type { CodedModel, ModelSummary } from '../../protocol/results/run.ts';
import { inspectModel } from '../ops/inspect.ts';
import { zeroWeights } from './coded-size.ts';
import type { HashedFile } from './hash.ts';
import type { StepReport } from './steps/step.ts';

/** Bits of a float that nothing has quantized. */
const floatBits = 32;

/**
 * Size and cost of a model of a run. `bits`: what the steps made of its layers; none for a model as the user gave it. `packedBytes` is
 * the file's size with each weight in the bits it uses instead of the type it is stored in.
 */
export async function summarizeModel(
  path: string,
  role: ModelSummary['role'],
  file: HashedFile,
  bits: StepReport['bits'],
  coded?: CodedModel,
): Promise<ModelSummary> {
  const inspected = await inspectModel({ path });
  const layers = inspected.layers.filter((layer) => layer.parameters > 0);
  const parameters = sum(layers, (layer) => layer.parameters);
  const used = (layer: InspectedLayer): number => bits[layer.name]?.weights ?? layer.bits ?? floatBits;
  const codes = (layer: InspectedLayer): number => bits[layer.name]?.elements ?? layer.parameters;
  const unused = (layer: InspectedLayer): number => Math.floor((codes(layer) * Math.max(0, (layer.bits ?? 0) - used(layer))) / 8);
  const zeros = coded ? coded.zeros : await zeroWeights(path, file);
  const activations = Object.values(bits).flatMap((entry) => entry.activations ?? []);
  return {
    path,
    role,
    bytes: file.bytes,
    packedBytes: file.bytes - sum(layers, unused),
    parameters: inspected.parameters,
    macs: inspected.macs,
    weightBits: parameters === 0 ? null : round(sum(layers, (layer) => layer.parameters * used(layer)) / parameters, 2),
    activationBits: activations.length === 0 ? floatBits : round(sum(activations, (width) => width) / activations.length, 2),
    sparsity: zeros === null ? null : round(zeros, 4),
    ...(coded ? { coded } : {}),
  };
}

const sum = <T>(items: readonly T[], figure: (item: T) => number): number => items.reduce((total, item) => total + figure(item), 0);
const round = (value: number, places: number): number => Math.round(value * 10 ** places) / 10 ** places;
