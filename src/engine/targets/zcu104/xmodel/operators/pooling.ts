import { averageFactor } from '../../arithmetic.ts';
import { storedAxis } from '../layout.ts';
import { scaled } from './factor.ts';
import type { OperatorWriter } from './index.ts';
import { placedWindow } from './window.ts';

const wholeMap = ([, , height = 1, width = 1]: readonly number[]): Record<string, readonly number[] | string | boolean> => ({
  kernel: [width, height],
  stride: [1, 1],
  pad_mode: 'FLOOR',
  pad: [0, 0, 0, 0],
  global: true,
});

export const maxPool: OperatorWriter = (writing, node) => {
  const { attributes, dilations } = placedWindow(writing, node, node.ints('kernel_shape') ?? []);
  if (dilations.some((dilation) => dilation !== 1)) writing.refuse(node, 'a dilated MaxPool has no form in XIR');
  writing.simple(node, 'maxpool2d', { ...attributes, global: false });
};

export const globalMaxPool: OperatorWriter = (writing, node) => writing.simple(node, 'maxpool2d', wholeMap(writing.dims(node.inputs[0]!)));

/** The window's mean, then the DPU's factor on it. ONNX never counts what lies beyond the pads. */
export const averagePool: OperatorWriter = (writing, node) => {
  const { attributes, kernel, dilations } = placedWindow(writing, node, node.ints('kernel_shape') ?? []);
  if (dilations.some((dilation) => dilation !== 1)) writing.refuse(node, 'a dilated AveragePool has no form in XIR');
  const counts = { count_include_pad: node.int('count_include_pad', 0) !== 0, count_include_invalid: false };
  scaled(writing, node, 'avgpool2d', { ...attributes, global: false, ...counts }, Math.fround(averageFactor(...kernel)));
};

export const globalAveragePool: OperatorWriter = (writing, node) => {
  const dims = writing.dims(node.inputs[0]!);
  if (dims.length !== 4) writing.refuse(node, `a mean over ${dims.length - 2} axes has no form for the DPU, which takes pictures`);
  const counts = { count_include_pad: true, count_include_invalid: true };
  scaled(writing, node, 'avgpool2d', { ...wholeMap(dims), ...counts }, Math.fround(averageFactor(dims[2]!, dims[3]!)));
};

/** A value along axes. Of a mean the DPU's reciprocals are inside the operator: no factor behind it. */
export const reduced =
  (type: string): OperatorWriter =>
  (writing, node) => {
    const rank = writing.dims(node.inputs[0]!).length;
    const axes =
      node.ints('axes') ?? writing.graph.constant(node.inputs[1] ?? '')?.toIntegers() ?? Array.from({ length: rank }, (_, axis) => axis);
    const keeps = node.int('keepdims', 1) !== 0;
    if (!keeps && rank === 4 && axes.length !== 2)
      writing.refuse(
        node,
        `a ${node.op} that drops some axes of a feature map has no form here`,
        'Keep the axes (keepdims), and reshape behind it.',
      );
    const inputs = { input: [writing.op(node.inputs[0]!)] };
    const dims = writing.dims(node.outputs[0]!);
    const shape = dims.length === 4 ? [dims[0]!, dims[2]!, dims[3]!, dims[1]!] : dims;
    const attributes = { axis: axes.map((axis) => storedAxis(axis, rank)).sort((a, b) => a - b), keep_dims: keeps };
    writing.made(node, writing.builder.op(type, node.label, inputs, shape, attributes));
  };

export const reduceMean = reduced('reduction_mean');
