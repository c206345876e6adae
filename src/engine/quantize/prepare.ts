import type { Model, Node } from '../onnx/graph.ts';
import { inferShapes, type Shapes } from '../ops/infer.ts';
import { renamedLayers, simplify } from '../simplify/index.ts';
import { upgradeOpset } from '../simplify/upgrade-opset.ts';
import { checkSettings } from './check-settings.ts';
import { layerSettings, type ForLayer } from './layer-settings.ts';
import type { QuantizeSettings } from './step.ts';
import type { QuantizeDependencies, QuantizeRequest } from './types.ts';

/** DequantizeLinear has an axis since opset 13 (before, weights could have one scale only), blocks and types of 4 and 16 bits since 21. */
const [plainOpset, wideOpset] = [13, 21];

function leastOpset({ settings, layers }: QuantizeRequest): number {
  const needsMore = ({ weights, activations, granularity, storage }: Partial<QuantizeSettings>): boolean =>
    weights === 16 || activations === 16 || granularity === 'block' || storage === 'packed';
  return [settings, ...Object.values(layers)].some(needsMore) ? wideOpset : plainOpset;
}

export interface Prepared {
  readonly notes: string[];
  readonly shapes: Shapes;
  readonly forLayer: (node: Node) => ForLayer;
}

/** What every method does first: settings checked, a newer opset where needed, and a simpler graph. Changes the model in place. */
export async function prepareModel(model: Model, request: QuantizeRequest, dependencies: QuantizeDependencies): Promise<Prepared> {
  checkSettings(request);
  const { runtime, context } = dependencies;
  const notes = upgradeOpset(model, leastOpset(request));
  const simplified = await simplify(model, { runtime, context });
  const byPass = new Map<string, number>();
  for (const { pass } of simplified) byPass.set(pass, (byPass.get(pass) ?? 0) + 1);
  if (byPass.size) notes.push(`Simplified first: ${[...byPass].map(([pass, count]) => `${pass} ${count}`).join(', ')}.`);
  return { notes, shapes: inferShapes(model), forLayer: layerSettings(request, model.graph.nodes, renamedLayers(simplified)) };
}
