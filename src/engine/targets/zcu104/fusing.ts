import type { Graph, Node } from '../../onnx/graph.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { averageFactor, hardSigmoidFactor, leakySlope } from './arithmetic.ts';

const products = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const means = new Set(['AveragePool', 'GlobalAveragePool']);

/**
 * Whether the DPU computes `next` in the same pass as `maker`, whose result only `next` reads, and rounds once behind both: ReLU, ReLU6 and
 * LeakyReLU of 26/256 behind a convolution or product (no LeakyReLU behind a depthwise one), ReLU behind an Add, the factor of a mean
 * or a hard sigmoid. (UG1414 3.5, "Currently Supported Operators"; vai_q_pytorch xgraph.py.)
 */
export function fusesOnDpu(graph: Graph, maker: Node, next: Node): boolean {
  if (products.has(maker.op)) {
    if (next.op === 'LeakyRelu') return isDpuSlope(next) && !isDepthwise(graph, maker);
    return next.op === 'Relu' || isRelu6(graph, next);
  }
  if (maker.op === 'Add') return next.op === 'Relu';
  if (means.has(maker.op)) return next.op === 'Mul' && factorOf(graph, next) !== undefined;
  return maker.op === 'HardSigmoid' && next.op === 'Mul' && factorOf(graph, next) === Math.fround(hardSigmoidFactor);
}

export const isDpuSlope = (node: Node): boolean => node.float('alpha', 0.01) === leakySlope;

/** Clip to 0 … 6 with constant bounds (attributes before opset 11). */
export function isRelu6(graph: Graph, node: Node): boolean {
  if (node.op !== 'Clip') return false;
  const bound = (index: number, name: string): number | undefined =>
    node.attributes.has(name) ? node.float(name, NaN) : graph.constant(node.inputs[index] ?? '')?.toFloat64()[0];
  return bound(1, 'min') === 0 && bound(2, 'max') === 6;
}

/** One filter for each input channel. */
export function isDepthwise(graph: Graph, node: Node): boolean {
  const group = node.int('group', 1);
  return node.op === 'Conv' && group > 1 && weightsBehind(graph, node.inputs[1] ?? '')?.dims[1] === 1;
}

/** The stored weights behind a value, through their DequantizeLinear where they are quantized already. */
export function weightsBehind(graph: Graph, value: string): Tensor | undefined {
  const producer = graph.producer(value);
  return graph.constant(value) ?? (producer?.op === 'DequantizeLinear' ? graph.constant(producer.inputs[0] ?? '') : undefined);
}

/** The number that a Mul multiplies by; undefined where it is none. */
export function factorOf(graph: Graph, node: Node): number | undefined {
  const constant = node.inputs.map((input) => graph.constant(input)).find((tensor) => tensor?.size === 1);
  return constant?.toFloat64()[0];
}

/** The DPU's factor on a mean over a window of this size, as float32 stores it. */
export const storedFactor = ([height = 1, width = 1]: readonly number[]): number => Math.fround(averageFactor(height, width));
