import { attributes, Node } from '../../onnx/graph.ts';
import { floatTensor } from '../numbers.ts';
import { cannotConvert, type Conversion } from './conversion.ts';

/** BatchNormalization-7 to -9: statistics by channel only. */
const spatial: Conversion = {
  op: 'BatchNormalization',
  at: 9,
  convert(node) {
    if (node.int('spatial', 1) === 0) throw cannotConvert(node, 'it has statistics for every position (spatial = 0)');
    return node.attributes.delete('spatial');
  },
  note: 'the attribute spatial was dropped',
};

/** BatchNormalization-9 to -14: training outputs took another form. */
const trainingOutputs: Conversion = {
  op: 'BatchNormalization',
  at: 14,
  convert(node, editor) {
    const extra = node.outputs.slice(1).filter((output) => output !== '');
    if (extra.length === 0 && node.outputs.length <= 1) return false;
    if (extra.some((output) => editor.graph.users(output).length > 0 || editor.graph.isOutput(output))) {
      throw cannotConvert(node, 'its training outputs are read');
    }
    editor.replace(node, new Node(node.name, node.op, node.inputs, node.outputs.slice(0, 1), node.attributes));
    return true;
  },
  note: 'unused training outputs were dropped',
};

/** Scatter-9 to ScatterElements-11: the same operator under its new name. */
const scatter: Conversion = {
  op: 'Scatter',
  at: 11,
  convert(node, editor) {
    editor.replace(node, new Node(node.name, 'ScatterElements', node.inputs, node.outputs, node.attributes));
    return true;
  },
  note: 'became ScatterElements',
};

/** Scan-8 had a batch dimension of its own. */
const scan: Conversion = {
  op: 'Scan',
  at: 9,
  convert(node) {
    throw cannotConvert(node, 'the Scan of opset 8 batches its sequences');
  },
  note: '',
};

/** RoiAlign-10 to -16: the default of the coordinates changed. */
const roiAlign: Conversion = {
  op: 'RoiAlign',
  at: 16,
  convert(node) {
    if (node.attributes.has('coordinate_transformation_mode')) return false;
    for (const [name, value] of attributes({ coordinate_transformation_mode: 'output_half_pixel' })) node.attributes.set(name, value);
    return true;
  },
  note: 'coordinates are given as output_half_pixel, as they were by default',
};

/** GridSample-16 to -20: two modes got other names. */
const gridSample: Conversion = {
  op: 'GridSample',
  at: 20,
  convert(node) {
    const renamed: Record<string, string> = { bilinear: 'linear', bicubic: 'cubic' };
    const mode = renamed[node.string('mode', 'bilinear')];
    if (!mode) return false;
    for (const [name, value] of attributes({ mode })) node.attributes.set(name, value);
    return true;
  },
  note: 'the interpolation mode got its new name',
};

/** GroupNormalization-18 to -21: scale and bias by channel instead of by group. */
const groupNormalization: Conversion = {
  op: 'GroupNormalization',
  at: 21,
  convert(node, editor) {
    const channels = editor.known(node.inputs[0]!)?.shape?.[1];
    const groups = node.int('num_groups', 1);
    for (const index of [1, 2]) {
      const tensor = editor.graph.constant(node.inputs[index]!);
      if (!tensor || typeof channels !== 'number') throw cannotConvert(node, 'the number of channels or the scales are not known');
      const values = tensor.toFloat64();
      const spread = Float64Array.from({ length: channels }, (_, c) => values[Math.floor((c * groups) / channels)]!);
      const wide = floatTensor(tensor.type, [channels], spread);
      if (!wide) throw cannotConvert(node, 'its scales are not of a float type');
      editor.graph.setInput(node, index, editor.constant(node, index === 1 ? 'scale' : 'bias', wide));
    }
    return true;
  },
  note: 'scale and bias are given for every channel',
};

export const conversions: readonly Conversion[] = [spatial, trainingOutputs, scatter, scan, roiAlign, gridSample, groupNormalization];
