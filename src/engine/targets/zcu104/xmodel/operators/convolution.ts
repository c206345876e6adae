import type { Node } from '../../../../onnx/graph.ts';
import { storedShape } from '../layout.ts';
import type { Stored, Writing } from '../export.ts';
import type { OperatorWriter } from './index.ts';
import { placedWindow } from './window.ts';

/** Weights of ONNX are [out, in / group, h, w]; XIR wants [out, h, w, in / group], of a depthwise one [multiplier, h, w, channels]. */
export const convolution: OperatorWriter = (writing, node) => {
  const weights = weightsOf(writing, node);
  const [outputs = 1, perGroup = 1, height = 1, width = 1] = weights.dims;
  const group = node.int('group', 1);
  const window = placedWindow(writing, node, [height, width]);
  const depthwise = group > 1 && perGroup === 1;
  const multiplier = outputs / group;
  const stored = depthwise
    ? writing.parameter(node.inputs[1]!, { ...weights, dims: [group, multiplier, height, width] }, [1, 2, 3, 0])
    : writing.parameter(node.inputs[1]!, weights, [0, 2, 3, 1]);
  const attributes = {
    ...window.attributes,
    dilation: [window.dilations[1], window.dilations[0]],
    ...(depthwise ? {} : { group }),
    bias_term: biasOf(writing, node).length > 0,
    in_dim: perGroup * group,
    out_dim: outputs,
  };
  add(writing, node, depthwise ? 'depthwise-conv2d' : 'conv2d', stored, attributes);
};

/** Weights of ONNX are [in, out / group, h, w]; XIR's are [out, h, w, in], flipped in height and width. */
export const transposedConvolution: OperatorWriter = (writing, node) => {
  const { dims, values, position } = weightsOf(writing, node);
  const [inputs = 1, outputs = 1, height = 1, width = 1] = dims;
  const [group, padding] = [node.int('group', 1), node.ints('output_padding') ?? [0, 0]];
  const depthwise = group > 1 && group === inputs;
  if (group !== 1 && !depthwise)
    writing.refuse(node, `a transposed convolution in ${group} groups has no form in XIR`, 'Use one group, or one for each channel.');
  const { dilations, attributes } = placedWindow(writing, node, [height, width]);
  if (dilations.some((dilation) => dilation !== 1)) writing.refuse(node, 'a dilated transposed convolution has no form for the DPU');
  if (node.string('auto_pad', 'NOTSET') !== 'NOTSET')
    writing.refuse(node, 'a transposed convolution needs its pads as numbers, not auto_pad');
  const flipped = values.slice();
  const area = height * width;
  for (let plane = 0; plane < inputs * outputs; plane++)
    for (let i = 0; i < area; i++) flipped[plane * area + i] = values[plane * area + area - 1 - i]!;
  // Depthwise [multiplier, h, w, channels], else [out, h, w, in]: the same order of axes.
  const stored = writing.parameter(node.inputs[1]!, { dims, values: flipped, position }, [1, 2, 3, 0]);
  const [left, right, top, bottom] = attributes['pad'] as [number, number, number, number];
  // More output at the right and the bottom is less padding there.
  const pad = [left, right - padding[1]!, top, bottom - padding[0]!];
  add(writing, node, depthwise ? 'transposed-depthwise-conv2d' : 'transposed-conv2d', stored, {
    ...attributes,
    pad,
    dilation: [1, 1],
    bias_term: biasOf(writing, node).length > 0,
    in_dim: inputs,
    out_dim: outputs * group,
  });
};

function weightsOf(writing: Writing, node: Node): Stored {
  const weights = writing.stored(node.inputs[1] ?? '');
  return weights ?? writing.refuse(node, 'its weights are computed, and the DPU takes stored ones');
}

function biasOf(writing: Writing, node: Node): string[] {
  const bias = node.inputs[2];
  return bias ? [writing.op(bias)] : [];
}

function add(writing: Writing, node: Node, type: string, weights: string, attributes: Parameters<Writing['simple']>[2]): void {
  const inputs = { input: [writing.op(node.inputs[0]!)], weights: [weights], bias: biasOf(writing, node) };
  writing.made(node, writing.builder.op(type, node.label, inputs, storedShape(writing.dims(node.outputs[0]!)), attributes));
}
