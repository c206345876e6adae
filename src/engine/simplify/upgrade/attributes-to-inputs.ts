import { Tensor } from '../../onnx/tensor.ts';
import { cannotConvert, ownInts, type Conversion } from './conversion.ts';

const limit = 3.4028234663852886e38;

/** Slice-1 to Slice-10. */
const slice: Conversion = {
  op: 'Slice',
  at: 10,
  convert(node, editor) {
    const moved = ['starts', 'ends', 'axes'].map((name, i) => editor.integersToInput(node, name, i + 1));
    return moved.includes(true);
  },
  note: 'starts, ends and axes became inputs',
};

/** TopK-1 to TopK-10. */
const topK: Conversion = {
  op: 'TopK',
  at: 10,
  convert(node, editor) {
    const k = node.int('k');
    if (k === undefined) throw cannotConvert(node, 'it has no k');
    editor.graph.setInput(node, 1, editor.integers(node, 'k', [k]));
    node.attributes.delete('k');
    return true;
  },
  note: 'k became an input',
};

/** Clip-6 to Clip-11. The old defaults are float32's limits: no bound. */
const clip: Conversion = {
  op: 'Clip',
  at: 11,
  convert(node, editor) {
    const bounds = { min: node.float('min', -limit), max: node.float('max', limit) };
    for (const [index, name] of [
      [1, 'min'],
      [2, 'max'],
    ] as const) {
      if (node.attributes.get(name)?.kind === 'reference') throw cannotConvert(node, `its ${name} comes from the function's caller`);
      if (Math.abs(bounds[name]) < limit) editor.graph.setInput(node, index, editor.scalarLike(node, name, bounds[name]));
      node.attributes.delete(name);
    }
    return true;
  },
  note: 'bounds became inputs',
};

/** Pad-2 to Pad-11. */
const pad: Conversion = {
  op: 'Pad',
  at: 11,
  convert(node, editor) {
    if (!editor.integersToInput(node, 'pads', 1)) throw cannotConvert(node, 'it has no pads');
    const value = node.float('value', 0);
    if (value !== 0) editor.graph.setInput(node, 2, editor.scalarLike(node, 'value', value));
    node.attributes.delete('value');
    return true;
  },
  note: 'pads and value became inputs',
};

/** Dropout-10 to Dropout-12. Without the training input, which stays absent, the ratio has no effect. */
const dropout: Conversion = {
  op: 'Dropout',
  at: 12,
  convert(node, editor) {
    const ratio = node.float('ratio', 0.5);
    editor.graph.setInput(node, 1, editor.constant(node, 'ratio', Tensor.float32([], [ratio])));
    return node.attributes.delete('ratio');
  },
  note: 'ratio became an input',
};

/** Split-11 to Split-13. */
const split: Conversion = {
  op: 'Split',
  at: 13,
  convert: (node, editor) => editor.integersToInput(node, 'split', 1),
  note: 'split became an input',
};

/** Split-13 to Split-18: equal parts are asked for by number. */
const splitEqually: Conversion = {
  op: 'Split',
  at: 18,
  convert(node) {
    if (node.inputs[1]) return false;
    node.attributes.set('num_outputs', { kind: 'int', value: node.outputs.length });
    return true;
  },
  note: 'the number of equal parts is given',
};

/** DFT-17 to DFT-20. */
const dft: Conversion = {
  op: 'DFT',
  at: 20,
  convert(node, editor) {
    ownInts(node, 'axis');
    editor.graph.setInput(node, 2, editor.constant(node, 'axis', Tensor.int64([], [node.int('axis', 1)])));
    node.attributes.delete('axis');
    return true;
  },
  note: 'axis became an input',
};

export const conversions: readonly Conversion[] = [slice, topK, clip, pad, dropout, split, splitEqually, dft];
