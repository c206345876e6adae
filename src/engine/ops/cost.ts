import type { Dim, Model, Node } from '../onnx/graph.ts';
import type { Scope, Shapes } from './infer.ts';
import { nodeMacs, scopeMacs } from './measure/macs.ts';
import { peakBytes } from './measure/memory.ts';
import { weightsOf, type Weight } from './measure/weights.ts';

/** One row of `inspect`: a node of the main graph, with what runs inside it. */
export interface LayerCost {
  readonly node: Node;
  readonly label: string;
  readonly op: string;
  /** Of the first output, free dimensions as they are; null: rank unknown. */
  readonly outputShape: readonly Dim[] | null;
  /** Elements of the weights it reads; a weight that two layers share stands in both rows. */
  readonly parameters: number;
  /** The same in bytes, as stored. */
  readonly weightBytes: number;
  /** Multiply-adds for one picture; null while dimensions beside the batch are free. */
  readonly macs: number | null;
}

export interface ModelCost {
  /** Elements of all weights, each counted once: float and quantized constants, batch-norm statistics; no shapes, indices, scales. */
  readonly parameters: number;
  readonly weightBytes: number;
  /** Multiply-adds of convolutions and matrix products for one picture, biases not counted; null while dimensions are free. */
  readonly macs: number | null;
  /** For one picture, by liveness along the stored order (see measure/memory.ts); null while dimensions are free. */
  readonly peakActivationBytes: number | null;
}

/** Costs of every node of the main graph, in execution order. */
export function layerCosts(model: Model, shapes: Shapes): LayerCost[] {
  const { root } = shapes.forOnePicture(model);
  return root.nodes.map((node) => {
    const weights = distinct(allWeights(root, node));
    return {
      node,
      label: node.label,
      op: node.qualifiedOp,
      outputShape: shapes.of(node.outputs[0] ?? '')?.shape ?? null,
      parameters: sum(weights, (weight) => weight.parameters),
      weightBytes: sum(weights, (weight) => weight.bytes),
      macs: nodeMacs(root, node),
    };
  });
}

/** Costs of the whole model: what `inspect` prints. */
export function modelCost(model: Model, shapes: Shapes): ModelCost {
  const { root } = shapes.forOnePicture(model);
  const weights = distinct(root.nodes.flatMap((node) => allWeights(root, node)));
  return {
    parameters: sum(weights, (weight) => weight.parameters),
    weightBytes: sum(weights, (weight) => weight.bytes),
    macs: scopeMacs(root),
    peakActivationBytes: peakBytes(root),
  };
}

/** Weights of a node and of everything inside it. */
function allWeights(scope: Scope, node: Node): Weight[] {
  const found = weightsOf(scope, node);
  for (const inner of scope.inner.get(node) ?? []) for (const each of inner.nodes) found.push(...allWeights(inner, each));
  return found;
}

const distinct = (weights: readonly Weight[]): Weight[] => [...new Map(weights.map((weight) => [weight.identity, weight])).values()];

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0);
