import type { Tensor } from '../../onnx/tensor.ts';
import type { attributes, Node } from '../../onnx/graph.ts';

/**
 * What a gradient rule works with: a node of the forward graph, in the form of opset 21 and with static shapes, and a place to put the nodes of the
 * backward pass. Values are names. Rules may read every input and output of the forward node.
 */
export interface Backward {
  readonly node: Node;
  /** Name of an input; '' where it is absent. */
  input(index: number): string;
  output(index?: number): string;
  inputShape(index: number): readonly number[];
  outputShape(index?: number): readonly number[];
  /** Gradient of the loss by an output, in that output's shape; undefined where the loss does not depend on it. */
  incoming(output?: number): string | undefined;
  /** Whether anybody needs the gradient of an input: what is expensive is made only then. */
  wants(input: number): boolean;
  /** The constant behind an input, if its bytes are loaded. */
  constant(input: number): Tensor | undefined;
  /** Adds a node with one output and returns its name. */
  emit(op: string, inputs: readonly string[], attributes?: Attributes, domain?: string): string;
  emitSeveral(op: string, inputs: readonly string[], outputs: number, attributes?: Attributes, domain?: string): string[];
  /** A float scalar. */
  number(value: number): string;
  /** A matrix of floats, rows × columns. */
  matrix(rows: number, columns: number, element: (row: number, column: number) => number): string;
  /** A list of int64. */
  indices(values: readonly number[]): string;
}

/** As `attributes` of onnx/node.ts takes them: whole numbers become integers, `floatAttribute` says otherwise. */
export type Attributes = Parameters<typeof attributes>[0];

/**
 * Gradients of the loss by the node's inputs, in each input's shape; undefined for an input that the loss does not depend on, that is not wanted, or
 * whose derivative is zero wherever it exists (Round, indices, shapes). Sources: the operator's formula in the ONNX operator documents, differentiated.
 */
export type GradientRule = (backward: Backward) => readonly (string | undefined)[];

/** Operators of their own that stand for a gradient until a lowering writes it out: the domain of the nodes that rules emit beside ONNX's. */
export const gradientDomain = 'lathe.gradient';
