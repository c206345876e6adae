import { describe, expect, it } from 'vitest';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { checkModel } from '../../../../src/engine/pipeline/check/check-model.ts';
import { findVerdict } from '../../../../src/engine/targets/verdicts.ts';
import { buildModel, type BuildNode } from '../../../support/model-builder.ts';

const int8 = (...dims: number[]): Tensor => Tensor.of(DataType.int8, dims, new Int8Array(dims.reduce((a, b) => a * b, 1)));

interface Form {
  scale?: Tensor;
  zero?: Tensor;
}

/** Writes networks between QuantizeLinear and DequantizeLinear; a number stands for the scale 2^-position. */
class Fixed {
  readonly nodes: BuildNode[] = [];
  readonly initializers: Record<string, Tensor> = { zero: int8() };
  #count = 0;

  /** The value rounded; `form` goes before `position`. */
  round(value: string, position: number, form: Form = {}): string {
    const n = this.#count++;
    this.initializers[`s${n}`] = form.scale ?? Tensor.float32([], [2 ** -position]);
    if (form.zero) this.initializers[`z${n}`] = form.zero;
    const zero = form.zero ? `z${n}` : 'zero';
    this.nodes.push(['QuantizeLinear', [value, `s${n}`, zero], [`q${n}`]], ['DequantizeLinear', [`q${n}`, `s${n}`, zero], [`d${n}`]]);
    return `d${n}`;
  }

  stored(position: number, ...dims: number[]): string {
    const n = this.#count++;
    this.initializers[`s${n}`] = Tensor.float32([], [2 ** -position]);
    this.initializers[`w${n}`] = int8(...dims);
    this.nodes.push(['DequantizeLinear', [`w${n}`, `s${n}`], [`d${n}`]]);
    return `d${n}`;
  }

  op(op: string, inputs: readonly string[], values: Record<string, number | number[]> = {}): string {
    const n = this.#count++;
    this.nodes.push([op, inputs, [`${op}${n}`], values]);
    return `${op}${n}`;
  }

  conv(x: string, weights: number, bias: number): string {
    return this.op('Conv', [x, this.stored(weights, 4, 4, 1, 1), this.stored(bias, 4)]);
  }

  model(output: string): Model {
    return buildModel({
      inputs: [{ name: 'x', shape: [1, 4, 8, 8] }],
      outputs: [output],
      initializers: this.initializers,
      nodes: this.nodes,
    });
  }
}

const findings = (write: (net: Fixed) => string) => {
  const net = new Fixed();
  const output = write(net);
  return checkModel(net.model(output), { verdict: findVerdict('zcu104')! });
};

describe('scales and positions of a quantized model', () => {
  it.each<[string, (net: Fixed) => string, [string, RegExp, number?]]>([
    ['a sum cut too far', (net) => net.round(net.conv(net.round('x', 8), 10, 9), 1), ['shift_cut', /17, 1 too large: allowed are 0 to 16/, 17]],
    ['a sum not cut', (net) => net.round(net.conv(net.round('x', 2), 3, 3), 7), ['shift_cut', /-2, 2 too small/, -2]],
    ['a bias too fine', (net) => net.round(net.conv(net.round('x', 4), 4, 21), 4), ['shift_bias', /-13, 1 too small/, -13]],
    ['a bias before LeakyReLU', (net) => net.round(net.op('LeakyRelu', [net.conv(net.round('x', 4), 4, 9)], { alpha: 26 / 256 }), 4), ['shift_bias', /-1, 1 too small: allowed are 0 to 15/, -1]],
    ['operands far apart', (net) => net.round(net.op('Add', [net.round('x', 18), net.round('x', 2)]), 2), ['shift_read', /16, 1 too large/, 16]],
    ['a sum of operands', (net) => net.round(net.op('Add', [net.round('x', 20), net.round('x', 20)]), 2), ['shift_write', /18, 3 too large/, 18]],
    ['a product', (net) => net.round(net.op('Mul', [net.round('x', 20), net.round('x', 20)]), 2), ['shift_write', /38, 6 too large/, 38]],
    ['a hard sigmoid', (net) => net.round(net.op('HardSigmoid', [net.round('x', 16)], { alpha: 1 / 6 }), 7), ['hard_sigmoid', /16, 1 too large/, 16]],
    ['its result', (net) => net.round(net.op('HardSigmoid', [net.round('x', 4)], { alpha: 1 / 6 }), 5), ['hard_sigmoid', /5, 2 too small: allowed are 7 and more/, 5]],
    ['a Concat', (net) => net.round(net.op('Concat', [net.round('x', 4), net.round('x', 5)], { axis: 1 }), 4), ['alignment', /differ by 1/, 1]],
    ['a pool', (net) => net.round(net.op('MaxPool', [net.round('x', 6)], { kernel_shape: [2, 2] }), 3), ['alignment', /differ by 3/, 3]],
    ['a rounding too many', (net) => net.round(net.op('Relu', [net.round(net.conv(net.round('x', 4), 4, 4), 4)]), 4), ['pair', /result of Conv is rounded before it/]],
    ['no power of two', (net) => net.round(net.conv(net.round('x', 4, { scale: Tensor.float32([], [0.1]) }), 4, 4), 4), ['scale', /no power of two/]],
    ['a zero point', (net) => net.round(net.conv(net.round('x', 4, { zero: Tensor.of(DataType.int8, [], new Int8Array([3])) }), 4, 4), 4), ['scale', /zero point is not 0/]],
    ['another type', (net) => net.round(net.conv(net.round('x', 4, { zero: Tensor.of(DataType.uint8, [], new Uint8Array(1)) }), 4, 4), 4), ['scale', /uint8, as for the Ryzen AI NPU; the DPU takes int8/]],
    ['a scale a channel', (net) => net.round(net.conv(net.round('x', 4, { scale: Tensor.float32([4], [1, 1, 1, 1]) }), 4, 4), 4), ['scale', /4 scales/]],
  ])('%s', (_, write, [constraint, message, value]) => {
    const found = findings(write).quantization;
    expect(found.map((finding) => finding.constraint)).toContain(constraint);
    const finding = found.find((one) => one.constraint === constraint && message.test(one.message))!;
    expect(finding?.message).toMatch(message);
    expect(finding.value).toBe(value);
    if (value !== undefined) expect(value >= finding.allowed![0] && value <= finding.allowed![1]).toBe(false);
  }); // prettier-ignore

  it('are right where the board can shift them, and the rules see the network through them', () => {
    const { quantization, nodes, subgraphs } = findings((net) => {
      const first = net.round(net.op('Relu', [net.conv(net.round('x', 4), 7, 8)]), 5);
      const second = net.round(net.op('LeakyRelu', [net.conv(first, 7, 8)], { alpha: 26 / 256 }), 5);
      return net.round(net.op('Relu', [net.op('Add', [first, second])]), 4);
    });
    expect(quantization).toEqual([]);
    expect(nodes.map(({ op, rule }) => [op, rule])).toEqual([
      ['Conv', 'dpu.conv'],
      ['Relu', 'dpu.relu'],
      ['Conv', 'dpu.conv'],
      ['LeakyRelu', 'dpu.leaky-relu'],
      ['Add', 'dpu.add'],
      ['Relu', 'dpu.relu'],
    ]);
    expect(subgraphs.map(({ device }) => device)).toEqual(['USER', 'DPU', 'CPU']);
  });
});
