import type { ModelInput } from '../../data/types.ts';
import { traitsOf } from '../../drawing/face.ts';
import type { Model, ValueInfo } from '../../onnx/graph.ts';
import { layerCosts, modelCost, type LayerCost } from '../../ops/cost.ts';
import { findOperator } from '../../ops/index.ts';
import { inferShapes, type Shapes } from '../../ops/infer.ts';
import { recordIn, weightsOf } from '../../ops/measure/weights.ts';
import { previewOf } from '../../prune/preview.ts';
import { DataFlow } from '../../targets/verdict/data-flow.ts';
import { acceleratorVerdicts, type Verdict } from '../../targets/verdicts.ts';
import type { LayerFacts, ModelFacts } from './types.ts';

/** What the graph does not say of its file. */
export interface ModelSource {
  /** Absolute; "" of a network that is not made yet. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256?: string;
}

/**
 * What a recipe's checks and figures need of a model; a scanned one is enough. `pruning`: with the costs of its channel groups, the dearest part.
 * Throws `model.shape` where the model contradicts itself.
 */
export function modelFacts(model: Model, source: ModelSource, options: { readonly pruning?: boolean } = {}): ModelFacts {
  const shapes = inferShapes(model);
  const { parameters, weightBytes, macs } = modelCost(model, shapes);
  const profile = options.pruning ? previewOf(model, shapes).profile : undefined;
  return {
    ...source,
    opset: model.opset,
    layers: layersOf(model, shapes),
    inputs: model.graph.requiredInputs.flatMap((value) => declared(value)),
    outputs: model.graph.outputs.flatMap((value) => known(value, shapes)),
    metadata: Object.fromEntries(model.metadata),
    parameters,
    weightBytes,
    macs,
    ...(profile && profile.groups.length > 0 ? { pruning: profile } : {}),
  };
}

function declared({ name, type }: ValueInfo): ModelInput[] {
  return type?.kind === 'tensor' && type.shape ? [{ name, type: type.elementType, shape: type.shape }] : [];
}

/** Exporters leave shapes of outputs out: what follows from the graph stands for them. */
function known(value: ValueInfo, shapes: Shapes): ModelInput[] {
  const inferred = shapes.of(value.name);
  return inferred?.shape ? [{ name: value.name, type: inferred.type, shape: inferred.shape }] : declared(value);
}

function layersOf(model: Model, shapes: Shapes): LayerFacts[] {
  const one = shapes.forOnePicture(model);
  const tensors = new Map<object, number>();
  const flow = new DataFlow(one);
  const judged = acceleratorVerdicts.map((verdict) => [verdict.target.name, verdict.judge({ flow })] as const);
  return layerCosts(model, shapes).map((cost): LayerFacts => {
    const { node, label, op, outputShape, parameters, macs } = cost;
    const scope = one.root;
    const detail = traitsOf({ scope, node, record: recordIn(scope, node) }).join(', ');
    const weights = roundedWeights(model, one, cost, tensors);
    const reasons = (wanted: Verdict): [string, string][] =>
      judged.flatMap(([target, known]): [string, string][] => {
        const found = known.get(node);
        return found?.verdict === wanted ? [[target, found.reason]] : [];
      });
    const [refusals, conditions] = [reasons('no'), reasons('if')];
    return {
      name: label,
      op,
      ...(outputShape ? { shape: outputShape } : {}),
      ...(detail ? { detail } : {}),
      parameters,
      macs,
      ...(weights ? { weights } : {}),
      ...(refusals.length ? { refusals: Object.fromEntries(refusals) } : {}),
      ...(conditions.length ? { conditions: Object.fromEntries(conditions) } : {}),
    };
  });
}

/** The matrix of a layer that computes with one; vectors beside it are biases, which stay as wide as they are. */
function roundedWeights(model: Model, { root }: Shapes, { node }: LayerCost, tensors: Map<object, number>): LayerFacts['weights'] {
  if (findOperator(node, model)?.quantize?.kind !== 'compute') return undefined;
  const weight = weightsOf(root, node).find(({ identity }) => isMatrix(identity));
  if (!weight) return undefined;
  const tensor = tensors.get(weight.identity) ?? tensors.size;
  tensors.set(weight.identity, tensor);
  return { elements: weight.parameters, bytes: weight.bytes, tensor };
}

const isMatrix = (identity: object): boolean => 'dims' in identity && Array.isArray(identity.dims) && identity.dims.length > 1;
