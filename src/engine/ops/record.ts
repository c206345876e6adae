import type { DataType } from '../onnx/data-type.ts';
import type { Dim, Graph, Node } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { ChannelRule } from './channels/rule.ts';
import type { GradientRule } from './gradient/rule.ts';

/** What is known of a value before running: type, shape, and for small tensors the elements (shape arithmetic). */
export interface Inferred {
  /** `DataType.undefined` where it is not known. */
  readonly type: DataType;
  /** undefined: rank unknown. */
  readonly shape?: readonly Dim[];
  /** Elements of a tensor of at most 64 elements, in row-major order, where known; one may stay symbolic or null. Bools are 0 and 1. */
  readonly elements?: readonly Dim[];
  /** Set where the value is no tensor: type and shape are then those of every element, as far as they agree. */
  readonly container?: 'sequence' | 'optional' | 'map';
}

export interface InferenceContext {
  readonly node: Node;
  /** Version of the node's domain in this model. */
  readonly opset: number;
  /** undefined: absent input, or nothing known. */
  input(index: number): Inferred | undefined;
  /** The constant behind an input (initializer or Constant), if its bytes are loaded. */
  constant(index: number): Tensor | undefined;
  /** Infers a sub-graph of this node (If, Loop, Scan) and returns its outputs. */
  inferGraph(graph: Graph, inputs: readonly (Inferred | undefined)[]): (Inferred | undefined)[];
  /** A fresh symbolic dimension, stable for equal models: data-dependent sizes (NonZero, NonMaxSuppression). */
  freshDim(): Dim;
}

/**
 * How the quantizer treats a node (DESIGN.md §3). What has an integer kernel is said of ONNX Runtime's CPU provider (its QDQ
 * selectors, `qdq_selector_action_transformer.cc`); boards have their own lists in `targets/`.
 */
export type QuantizeRole =
  /** Multiplies an activation by a weight: integer kernel with int32 sums. */
  | {
      readonly kind: 'compute';
      readonly activation: number;
      /** May be an activation itself (MatMul of two activations): then quantized as one, per tensor. */
      readonly weight: number;
      readonly bias?: number;
      /** Axis of the weight tensor that runs over output channels, for this node; undefined when there is none. */
      channelAxis(node: Node, weightRank: number): number | undefined;
      /** Set where ONNX Runtime's CPU provider has no integer kernel: the reason in words. Quantized weights then only save space. */
      readonly noIntegerKernel?: string;
    }
  /** An integer kernel on `inputs`, result on its own scale: Add, Mul, GlobalAveragePool, Sigmoid … */
  | { readonly kind: 'integer'; readonly inputs: readonly number[] | 'all' }
  /** Rearranges or selects elements: every output has the input's scale and zero point, exactly (MaxPool, Reshape, Transpose …). */
  | { readonly kind: 'same-scale'; readonly input: number }
  /**
   * Joins its inputs (Concat). ONNX Runtime's QLinearConcat takes every input on its own scale; boards that copy bytes need all inputs
   * and the output on one scale.
   */
  | { readonly kind: 'joined'; readonly inputs: 'all' }
  /**
   * Only cuts the range off (Relu, Clip): vanishes where the QuantizeLinear behind it saturates at the same bounds, whatever is in
   * front. Needs no scale of its own.
   */
  | { readonly kind: 'clamp'; readonly input: number }
  /** Stays float by default, the reason in words for the report. */
  | { readonly kind: 'float'; readonly reason: string };

export type MacCounter = (
  node: Node,
  inputs: readonly (Inferred | undefined)[],
  outputs: readonly (Inferred | undefined)[],
) => number | undefined;

/**
 * What an ONNX operator is, apart from any use of it. One file per operator (or family) in this folder, one line in index.ts.
 * A board's verdict and a gradient's lowering live elsewhere, keyed by the operator's name.
 */
export interface OperatorRecord {
  readonly op: string;
  /** '' is ai.onnx. */
  readonly domain?: string;
  /** First opset version this record covers. Records of one operator may split at a version where its form changed. */
  readonly since: number;
  /** Last version covered; undefined: up to the newest. */
  readonly until?: number;
  /** One plain line for hover and report. */
  readonly summary: string;
  /** Types and shapes of all outputs. Unknown parts stay null; wrong operands throw LatheError `model.shape` with the node. */
  infer(context: InferenceContext): (Inferred | undefined)[];
  /** Multiply-adds at the given shapes; undefined while a needed dimension is free. Absent: none (biases are not counted). */
  readonly macs?: MacCounter;
  readonly quantize?: QuantizeRole;
  /** Input indices that hold trained weights when they are constant (Conv 1,2; BatchNormalization 1..4 …). */
  readonly weights?: readonly number[];
  /** Bits of one weight where several are packed into one stored byte (MatMulNBits). */
  packedBits?(node: Node): number;
  /** Input indices whose constants are settings, not weights (Clip bounds, Resize scales, QuantizeLinear scales …). */
  readonly settings?: readonly number[];
  /** The output is the input's elements in the input's order, under another shape (Reshape, Flatten, Identity …). */
  readonly view?: boolean;
  /** True where one channel's result depends on others (softmax over channels, LRN, group norm). */
  readonly mixesChannels?: boolean;
  /** Gradients of the loss by the inputs; absent: none is known, and training freezes what lies before. */
  readonly gradient?: GradientRule;
  /** How channels are followed through it and cut; absent: they are not, and stay. */
  readonly channels?: ChannelRule;
  /** An elementwise activation function of one input: can be fused behind a Conv (Relu, Clip, LeakyRelu, Sigmoid …). */
  readonly activation?: boolean;
  /** Not a function of its inputs alone (RandomNormal, Dropout in training): never folded. */
  readonly nondeterministic?: boolean;
}
