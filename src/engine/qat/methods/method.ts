import type { Tensor } from '../../onnx/tensor.ts';
import type { Attributes } from '../../ops/gradient/rule.ts';
import type { BiasFormat } from '../../quantize/bias.ts';
import type { ComputeNode } from '../../quantize/classify.ts';
import type { RoundedLayer } from '../../quantize/round/rounding.ts';
import type { Scheme } from '../../quantize/scheme.ts';
import type { Place } from '../../train/task.ts';
import type { QatSettings } from '../step.ts';

/** Pace of a trained tensor: `scale` and `clip` have a rate of their own and no weight decay, but that of PACT (`clip`). */
export type ParameterKind = 'weight' | 'scale' | 'clip';

/** Where a method adds nodes to the training graph. Values are names. */
export interface MethodSite {
  readonly settings: QatSettings;
  /** A trained tensor of one's own; `name` is its part behind the layer's or value's. Returns the name to read it by, here and in `Values`. */
  parameter(name: string, initial: Tensor, kind: ParameterKind): string;
  constant(tensor: Tensor): string;
  emit(op: string, inputs: readonly string[], attributes?: Attributes, domain?: string): string;
}

/** Trained tensors by name, as they are now; those that a method brought may be changed in place while it holds them. */
export type Values = (parameter: string) => Float32Array;

/** A layer with constant weights that runs on integers, as post-training quantization left it. */
export interface QatLayer {
  readonly name: string;
  readonly compute: ComputeNode;
  /** Of the weights. */
  readonly dims: readonly number[];
  /** Float weights, in the tensor's layout, Gemm's alpha multiplied in. */
  readonly weights: Float64Array;
  /** What training starts from. */
  readonly start: RoundedLayer;
  /** Scales are fix positions. */
  readonly powerOfTwo: boolean;
  /** Ends of the grid of codes, zero point taken off. */
  readonly low: number;
  readonly high: number;
  /** How its bias is stored, if it has one (quantize/bias.ts). */
  readonly bias: BiasFormat['kind'];
  /** Unit that the bias is trained in, a power of two: about what the layer's result varies by. */
  readonly biasUnit: number;
  /** Neighbours whose codes must not add up beyond what every CPU's kernels can hold (quantize/saturation.ts): indices into the tensor, two by two. */
  readonly pairs?: Uint32Array;
}

/** Something that a method keeps true between steps. */
export interface Holding {
  /** After every step, and before the first. */
  hold?(values: Values, place: Place): void;
  /** What `hold` remembers beside the parameters, for checkpoints; the arrays themselves, which a checkpoint fills again. */
  state?(): Readonly<Record<string, Float32Array>>;
}

/** How one layer's weights are rounded while they are trained. */
export interface WeightRounding extends Holding {
  /** What the layer reads in place of its weights. */
  readonly value: string;
  /** Scales of the codes, in the graph: a vector along the output channels, or a lone number. */
  readonly scale: string;
  /** Codes in the tensor's layout, without zero points, and scales, as `start.weights` has them: exactly what `value` stood for. */
  codes(values: Values): { readonly codes: Int32Array; readonly scales: Float32Array };
}

/** Values that share one scheme. */
export interface QatActivation {
  /** The first of them. */
  readonly name: string;
  /** What training starts from. */
  readonly scheme: Scheme;
  /** No scale may be larger: the scheme would reach beyond the Clip that melts into it. */
  readonly largestScale: number;
  /** Scales are fix positions. */
  readonly powerOfTwo: boolean;
  /** Halves are rounded up, as the board's shifts do. */
  readonly halfUp: boolean;
}

/** How a group of activations is rounded while weights are trained. */
export interface ActivationRounding extends Holding {
  /** The scale, in the graph. */
  readonly value: string;
  /** Adds the nodes behind one of the values; returns what its readers read. */
  round(site: MethodSite, value: string): string;
  /** Of the trained scheme. */
  scale(values: Values): number;
}

/** One way to train with rounding: value of the setting `method`. One file each. */
export interface QatMethod {
  readonly name: string;
  /** One sentence, for schema and guide. */
  readonly summary: string;
  readonly source: string;
  /** Learning rate of weights and biases as a multiple of the step's: more where they are float meanwhile. By default 1. */
  readonly weightRate?: number;
  weights(layer: QatLayer, site: MethodSite): WeightRounding;
  activations(activation: QatActivation, site: MethodSite): ActivationRounding;
}

/** Shape of a layer's scales: a vector along the channels, or a lone number. */
export const scaleDims = ({ start }: QatLayer): readonly number[] =>
  start.weights.axis === undefined ? [] : [start.weights.scales.length];
