import { plainContext } from '../../../src/engine/base/context.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import type { Dataset } from '../../../src/engine/data/types.ts';
import type { StaticPlan } from '../../../src/engine/quantize/plan.ts';
import { planStatic } from '../../../src/engine/quantize/static.ts';
import { variantsAt, writeVariants, type LayerVariant } from '../../../src/engine/quantize/variant.ts';
import { analyze } from '../../../src/engine/sensitivity/analyze.ts';
import { analysisOf } from '../../../src/engine/sensitivity/part.ts';
import type { Analysis, AnalysisPart, AnalyzeRequest, Widths } from '../../../src/engine/sensitivity/types.ts';
import { pictureFeeder } from '../../../src/engine/statistics/feed.ts';
import type { settings } from '../quantize/support.ts';
import { request, runtime } from '../quantize/support.ts';

export const w8a8: Widths = { weights: 8, activations: 8 };
export const w4a4: Widths = { weights: 4, activations: 4 };

export const context = plainContext();
export const deps = { runtime, context };

export const planOf = (model: Model, dataset: Dataset, different: Parameters<typeof settings>[0] = {}): Promise<StaticPlan> =>
  planStatic(model, request(different), { ...deps, dataset });

export const measure = (plan: StaticPlan, dataset: Dataset, different: Partial<AnalyzeRequest> = {}): Promise<AnalysisPart> =>
  analyze(plan, { method: 'isolated', metric: 'sqnr', widths: [w8a8], task: 'none', dataset, ...different }, deps);

export const figures = async (...given: Parameters<typeof measure>): Promise<Analysis> => analysisOf(await measure(...given));

/** All pictures' outputs of the plan's model with some layers quantized: the whole model, computed as written. */
export async function brute(plan: StaticPlan, dataset: Dataset, variants: readonly LayerVariant[], values: readonly string[]) {
  const model = cloneModel(plan.model);
  const { graph } = model;
  graph.outputs = [...graph.outputs, ...values.filter((value) => !graph.isOutput(value)).map((name) => ({ name }))];
  writeVariants(model, variants);
  const session = await runtime.load(encodeModel(model), { optimize: 'none', threads: 1 });
  const feed = pictureFeeder(model);
  const found: Record<string, Float32Array[]> = {};
  for await (const sample of dataset.stream({ signal: context.signal })) {
    const outputs = await session.run(feed(sample));
    for (const [name, { data }] of Object.entries(outputs)) (found[name] ??= []).push(data as Float32Array);
  }
  await session.dispose();
  return found;
}

/** dB over all elements of all pictures. */
export function sqnrOf(float: readonly Float32Array[], other: readonly Float32Array[]): number {
  let [signal, noise] = [0, 0];
  float.forEach((picture, p) => {
    picture.forEach((value, i) => {
      signal += value ** 2;
      noise += (other[p]![i]! - value) ** 2;
    });
  });
  return 10 * Math.log10(signal / noise);
}

/** By layer's name: what it is at these widths. */
export async function variantsByName(plan: StaticPlan, widths: Widths): Promise<Map<string, LayerVariant>> {
  return new Map([...(await variantsAt(plan, widths))].map(([node, variant]) => [node.label, variant]));
}
