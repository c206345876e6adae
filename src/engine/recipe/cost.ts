import type { Model, Node } from '../onnx/graph.ts';
import { inferShapes } from '../ops/infer.ts';
import { modelCost } from '../ops/cost.ts';
import { findOperator } from '../ops/index.ts';
import { weightsOf } from '../ops/measure/weights.ts';
import { layerPattern } from './layers.ts';
import type { ResolvedRecipe, ResolvedStep } from './types.ts';

/** Size and work of the model after a step, from its graph alone. Weights only: graph, scales and zero points come on top. */
export interface PlannedModel {
  readonly step: string;
  /** Position of the step, from 0; absent for the model as it is. */
  readonly index?: number;
  /** Alias of the model, where the recipe has several. */
  readonly on?: string;
  readonly parameters: number;
  /** As stored in the file: quantized weights in 8-bit types. */
  readonly weightBytes: number;
  /** With every weight in as many bits as it uses. */
  readonly packedBytes: number;
  readonly macs: number | null;
}

/** One line for the model as it is, then one for each step on it. Needs a scanned model only. `alias`: which of the recipe's models it is. */
export function planCosts(resolved: ResolvedRecipe, model: Model, alias?: string): PlannedModel[] {
  const { parameters, weightBytes, macs } = modelCost(model, inferShapes(model));
  const on = alias === undefined ? {} : { on: alias };
  const before: PlannedModel = { step: 'input', ...on, parameters, weightBytes, packedBytes: weightBytes, macs };
  let current = before;
  return [
    before,
    ...resolved.steps
      .filter((step) => step.on === alias)
      .map((step) => {
        current = { ...current, ...quantizedBytes(step, model), step: step.step, index: step.index };
        return current;
      }),
  ];
}

/** Bits below which a weight is stored in an 8-bit type that integer kernels run. */
const storedBits = (bits: number): number => Math.max(8, bits);

/** Bytes of all weights once the step has rounded those of its layers. A weight that several layers share counts once. */
function quantizedBytes(step: ResolvedStep, model: Model): { weightBytes: number; packedBytes: number } {
  const { root } = inferShapes(model);
  const seen = new Set<object>();
  let stored = 0;
  let packed = 0;
  for (const node of root.nodes) {
    const bits = weightBits(step, node, model);
    for (const weight of weightsOf(root, node)) {
      if (seen.has(weight.identity)) continue;
      seen.add(weight.identity);
      // One-dimensional constants are biases: quantization makes them int32, of the same size as float32.
      const matrix = isMatrix(weight.identity);
      stored += bits === undefined || !matrix ? weight.bytes : (weight.parameters * storedBits(bits)) / 8;
      packed += bits === undefined || !matrix ? weight.bytes : (weight.parameters * bits) / 8;
    }
  }
  return { weightBytes: Math.ceil(stored), packedBytes: Math.ceil(packed) };
}

const isMatrix = (identity: object): boolean => 'dims' in identity && Array.isArray(identity.dims) && identity.dims.length > 1;

/** Width of a layer's weights after the step; undefined: it stays as it is. */
function weightBits(step: ResolvedStep, node: Node, model: Model): number | undefined {
  if (findOperator(node, model)?.quantize?.kind !== 'compute') return undefined;
  const override = step.layers[node.label] ?? {};
  if (override[step.step] === false) return undefined;
  const listed = (key: string): boolean => {
    const patterns = step.settings[key];
    return Array.isArray(patterns) && patterns.some((pattern: string) => pattern === node.op || layerPattern(pattern)(node.label));
  };
  const included = step.settings['include'];
  if (listed('exclude') || (Array.isArray(included) && included.length > 0 && !listed('include'))) return undefined;
  const bits = override['weights'] ?? step.settings['weights'];
  return typeof bits === 'number' ? bits : undefined;
}
