import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { InspectDocument, InspectedLayer, InspectedValue } from '../../protocol/results/inspect.ts';
import { dataTypeBits, dataTypeName, isFloatType } from '../onnx/data-type.ts';
import type { Model, ValueInfo, ValueType } from '../onnx/graph.ts';
import { loadTensor, scanModel } from '../onnx/scan.ts';
import { Tensor } from '../onnx/tensor.ts';
import { layerCosts, modelCost, type LayerCost } from './cost.ts';
import { inferShapes, type Shapes } from './infer.ts';
import { scaleIndex } from './measure/scale-index.ts';
import { weightsOf, type Weight } from './measure/weights.ts';

export interface InspectRequest {
  readonly path: string;
  /** Shapes of inputs by name, for free dimensions. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Read the weights as well: sparsity and range of every layer. Else they stay in the file. */
  readonly weights?: boolean;
  /** sha256 of the file. */
  readonly hash?: boolean;
}

/** What `lathe inspect` tells of a model, from a light scan. Throws LatheError for what is no valid model. */
export async function inspectModel(request: InspectRequest): Promise<InspectDocument> {
  const model = await scanModel(request.path);
  const shapes = inferShapes(model, { bind: request.shapes });
  const layers: InspectedLayer[] = [];
  for (const cost of layerCosts(model, shapes)) layers.push(await describeLayer(cost, shapes, request.weights === true));
  const { size } = await stat(request.path);
  return {
    file: { path: request.path, bytes: size, ...(request.hash ? { sha256: await sha256(request.path) } : {}) },
    opset: model.opset,
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
    inputs: model.graph.requiredInputs.map((value) => describeValue(value, shapes)),
    outputs: model.graph.outputs.map((value) => describeValue(value, shapes)),
    nodes: model.graph.nodes.length,
    operators: countOperators(model),
    ...modelCost(model, shapes),
    findings: model.findings.map(({ code, message, node }) => ({ code, message, ...(node === undefined ? {} : { node }) })),
    layers,
  };
}

function countOperators(model: Model): Record<string, number> {
  const counts = new Map<string, number>();
  for (const node of model.graph.nodes) counts.set(node.qualifiedOp, (counts.get(node.qualifiedOp) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}

function describeValue(value: ValueInfo, shapes: Shapes): InspectedValue {
  const known = shapes.of(value.name);
  return { name: value.name, type: known ? dataTypeName(known.type) : typeText(value.type), shape: known?.shape ?? null };
}

/** "float32", "sequence of float32". */
function typeText(type: ValueType | undefined): string {
  if (!type) return 'unknown';
  switch (type.kind) {
    case 'tensor':
      return dataTypeName(type.elementType);
    case 'sparse':
      return `sparse ${dataTypeName(type.elementType)}`;
    case 'sequence':
    case 'optional':
      return `${type.kind} of ${typeText(type.element)}`;
    case 'map':
      return `map from ${dataTypeName(type.keyType)} to ${typeText(type.value)}`;
    case 'opaque':
      return 'opaque';
  }
}

async function describeLayer(cost: LayerCost, shapes: Shapes, readWeights: boolean): Promise<InspectedLayer> {
  const { label, op, outputShape, parameters, macs } = cost;
  const stored = weightsOf(shapes.root, cost.node).flatMap(({ identity, scaled }) =>
    identity instanceof Tensor ? [{ tensor: identity, scaled }] : [],
  );
  const bits = stored.length ? dataTypeBits(stored[0]!.tensor.type) : undefined;
  return {
    name: label,
    op,
    outputShape,
    parameters,
    macs,
    ...(bits === undefined ? {} : { bits }),
    ...(readWeights && stored.length ? await readStatistics(stored) : {}),
  };
}

interface StoredWeight {
  readonly tensor: Tensor;
  readonly scaled: Weight['scaled'];
}

/** Share of zeros in all weights of a layer, of integers those that stand for zero, and the range of those in float (codes of integers say nothing without their scale). */
async function readStatistics(stored: readonly StoredWeight[]): Promise<{ sparsity: number; range?: [number, number] }> {
  let zeros = 0;
  let elements = 0;
  let low = Infinity;
  let high = -Infinity;
  for (const { tensor, scaled } of stored) {
    const values = (await loadTensor(tensor)).toFloat64();
    const zeroPoints = scaled?.zeroPoint && (await loadTensor(scaled.zeroPoint)).toFloat64();
    const at = scaleIndex(tensor.dims, zeroPoints?.length ?? 1, scaled?.node);
    elements += values.length;
    values.forEach((value, i) => {
      if (value === (zeroPoints?.[at(i)] ?? 0)) zeros++;
      if (value < low) low = value;
      if (value > high) high = value;
    });
  }
  const float = stored.every(({ tensor }) => isFloatType(tensor.type));
  return { sparsity: elements ? zeros / elements : 0, ...(float && elements ? { range: [low, high] as [number, number] } : {}) };
}

/** Of a file, read in pieces. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
