import type { Model } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { seededRandom, type Random } from '../../src/engine/base/random.ts';
import { buildModel, type BuildNode } from './model-builder.ts';

/** Writes a network layer by layer, with random weights. */
export class NetworkWriter {
  readonly nodes: BuildNode[] = [];
  readonly initializers: Record<string, Tensor> = {};
  readonly random: Random;
  #count = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed, 'network');
  }

  weight(dims: readonly number[], scale: number, around = 0): string {
    const name = `w${this.#count++}`;
    const size = dims.reduce((product, dim) => product * dim, 1);
    this.initializers[name] = Tensor.float32(
      dims,
      Float32Array.from({ length: size }, () => around + scale * this.random.normal()),
    );
    return name;
  }

  op(op: string, inputs: readonly string[], values: BuildNode[3] = {}): string {
    const name = `${op}${this.#count++}`;
    this.nodes.push([op, inputs, [name], values, { name }]);
    return name;
  }

  indices(values: readonly number[]): string {
    const name = `i${this.#count++}`;
    this.initializers[name] = Tensor.int64([values.length], values);
    return name;
  }

  conv(
    x: string,
    from: number,
    to: number,
    kernel: number,
    more: { stride?: number; group?: number; bias?: boolean; pads?: number[] } = {},
  ): string {
    const { stride = 1, group = 1, bias = false } = more;
    const pad = Math.floor(kernel / 2);
    const weight = this.weight([to, from / group, kernel, kernel], 1 / Math.sqrt((from / group) * kernel * kernel));
    const inputs = [x, weight, ...(bias ? [this.weight([to], 0.1)] : [])];
    return this.op('Conv', inputs, {
      kernel_shape: [kernel, kernel],
      pads: more.pads ?? [pad, pad, pad, pad],
      strides: [stride, stride],
      group,
    });
  }

  norm(x: string, channels: number): string {
    return this.op('BatchNormalization', [
      x,
      this.weight([channels], 0.2, 1),
      this.weight([channels], 0.1),
      this.weight([channels], 0.1),
      this.weight([channels], 0.05, 1),
    ]);
  }

  build(output: string, classes: number, size: number, channels = 3): Model {
    this.nodes.push(['Identity', [output], ['logits'], {}, { name: 'end' }]);
    return buildModel({
      inputs: [{ name: 'x', shape: ['N', channels, size, size] }],
      outputs: [{ name: 'logits', shape: ['N', classes] }],
      nodes: this.nodes,
      initializers: this.initializers,
      opset: 21,
      irVersion: 10,
    });
  }
}

/** Global mean, then a linear classifier. */
function head(net: NetworkWriter, x: string, channels: number, classes: number): string {
  const mean = net.op('Flatten', [net.op('GlobalAveragePool', [x])]);
  return net.op('Gemm', [mean, net.weight([classes, channels], 0.3), net.weight([classes], 0.1)], { transB: 1 });
}

/** Residual blocks with strides and projections; `widths` may be no multiple of any block. */
export function residualNetwork(seed: number, widths: readonly number[], activation = 'Softplus'): Model {
  const net = new NetworkWriter(seed);
  let [x, channels] = [net.op(activation, [net.norm(net.conv('x', 3, widths[0]!, 3), widths[0]!)]), widths[0]!];
  for (const [stage, width] of widths.entries()) {
    const stride = stage === 0 ? 1 : 2;
    const inner = net.op(activation, [net.norm(net.conv(x, channels, width, 3, { stride }), width)]);
    const outer = net.norm(net.conv(inner, width, width, 3), width);
    const skip = channels === width && stride === 1 ? x : net.norm(net.conv(x, channels, width, 1, { stride }), width);
    x = net.op(activation, [net.op('Add', [outer, skip])]);
    channels = width;
  }
  return net.build(head(net, x, channels, 5), 5, 16);
}

/** Inverted residuals with depthwise convolutions, ReLU6-like clips and squeeze-and-excitation. */
export function invertedNetwork(seed: number, widths: readonly number[]): Model {
  const net = new NetworkWriter(seed);
  let [x, channels] = [net.op('HardSwish', [net.norm(net.conv('x', 3, widths[0]!, 3, { stride: 2 }), widths[0]!)]), widths[0]!];
  for (const [stage, width] of widths.entries()) {
    const wide = channels * 3;
    const expanded = net.op('Tanh', [net.norm(net.conv(x, channels, wide, 1), wide)]);
    const stride = stage % 2 ? 2 : 1;
    const deep = net.op('Tanh', [net.norm(net.conv(expanded, wide, wide, 3, { group: wide, stride }), wide)]);
    const squeezed = net.op('Tanh', [net.conv(net.op('GlobalAveragePool', [deep]), wide, 8, 1, { bias: true })]);
    const gate = net.op('Sigmoid', [net.conv(squeezed, 8, wide, 1, { bias: true })]);
    const narrow = net.norm(net.conv(net.op('Mul', [deep, gate]), wide, width, 1), width);
    x = channels === width && stride === 1 ? net.op('Add', [narrow, x]) : narrow;
    channels = width;
  }
  return net.build(head(net, x, channels, 5), 5, 16);
}

/** ReLU and ReLU6 behind normalization, and a shortcut that takes every second row and column and adds channels of zeros (He et al. 2016, option A). */
export function slicedNetwork(seed: number, width: number): Model {
  const net = new NetworkWriter(seed);
  net.initializers['zero'] = Tensor.float32([], [0]);
  net.initializers['six'] = Tensor.float32([], [6]);
  const first = net.op('Relu', [net.norm(net.conv('x', 3, width, 3), width)]);
  const inner = net.op('Clip', [net.norm(net.conv(first, width, 2 * width, 3, { stride: 2 }), 2 * width), 'zero', 'six']);
  const cut = net.op('Slice', [first, net.indices([0, 0]), net.indices([16, 16]), net.indices([2, 3]), net.indices([2, 2])]);
  const half = width / 2;
  const skip = net.op('Pad', [cut, net.indices([0, half, 0, 0, 0, half, 0, 0])]);
  const sum = net.op('Relu', [net.op('Add', [net.norm(net.conv(inner, 2 * width, 2 * width, 3), 2 * width), skip])]);
  return net.build(head(net, sum, 2 * width, 5), 5, 16);
}

/** Branches that are joined, pools of both kinds, a convolution with bias and without normalization, an upsampling path. */
export function branchedNetwork(seed: number): Model {
  const net = new NetworkWriter(seed);
  const stem = net.op('Softplus', [net.conv('x', 3, 20, 5, { bias: true })]);
  const pooled = net.op('MaxPool', [stem], { kernel_shape: [2, 2], strides: [2, 2] });
  const a = net.op('Tanh', [net.conv(pooled, 20, 16, 1, { bias: true })]);
  const b = net.op('Tanh', [net.conv(pooled, 20, 32, 3, { bias: true })]);
  const c = net.op('AveragePool', [pooled], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] });
  const joined = net.op('Concat', [a, b, net.conv(c, 20, 16, 1)], { axis: 1 });
  const down = net.op('Softplus', [net.conv(joined, 64, 24, 3, { stride: 2, pads: [0, 1, 1, 0] })]);
  const up = net.op('ConvTranspose', [down, net.weight([24, 16, 2, 2], 0.2)], { kernel_shape: [2, 2], strides: [2, 2] });
  const merged = net.op('Sub', [
    net.op('Mul', [up, a]),
    net.op('MaxPool', [a], { kernel_shape: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }),
  ]);
  return net.build(head(net, merged, 16, 5), 5, 16);
}

/** Patches, attention, layer normalization: a small vision transformer. */
export function transformer(seed: number): Model {
  const net = new NetworkWriter(seed);
  const [width, heads, tokens] = [16, 2, 16];
  const patches = net.op('Reshape', [net.conv('x', 3, width, 4, { stride: 4, pads: [0, 0, 0, 0], bias: true }), net.indices([0, width, tokens])]);
  let x = net.op('Add', [net.op('Transpose', [patches], { perm: [0, 2, 1] }), net.weight([1, tokens, width], 0.1)]);
  const normed = (value: string): string => net.op('LayerNormalization', [value, net.weight([width], 0.1, 1), net.weight([width], 0.1)], { axis: -1 });
  const linear = (value: string, from: number, to: number): string => net.op('Add', [net.op('MatMul', [value, net.weight([from, to], 1 / Math.sqrt(from))]), net.weight([to], 0.1)]);
  for (let block = 0; block < 2; block++) {
    const y = normed(x);
    const split = (value: string, perm: number[]): string => net.op('Transpose', [net.op('Reshape', [value, net.indices([0, tokens, heads, width / heads])])], { perm });
    const [q, k, v] = [split(linear(y, width, width), [0, 2, 1, 3]), split(linear(y, width, width), [0, 2, 3, 1]), split(linear(y, width, width), [0, 2, 1, 3])];
    const scores = net.op('Softmax', [net.op('Mul', [net.op('MatMul', [q, k]), net.weight([1], 0, 0.35)])], { axis: -1 });
    const mixed = net.op('Reshape', [net.op('Transpose', [net.op('MatMul', [scores, v])], { perm: [0, 2, 1, 3] }), net.indices([0, tokens, width])]);
    x = net.op('Add', [x, linear(mixed, width, width)]);
    x = net.op('Add', [x, linear(net.op('Gelu', [linear(normed(x), width, 2 * width)]), 2 * width, width)]);
  }
  const mean = net.op('ReduceMean', [normed(x), net.indices([1])], { keepdims: 0 });
  return net.build(net.op('Gemm', [mean, net.weight([5, width], 0.3)], { transB: 1 }), 5, 16);
} // prettier-ignore
