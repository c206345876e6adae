import { attributes, Node } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { cannotConvert, type Conversion } from './conversion.ts';

/** Upsample-7 to Upsample-9. */
const upsampleScales: Conversion = {
  op: 'Upsample',
  at: 9,
  convert(node, editor) {
    const scales = node.floats('scales');
    if (!scales) throw cannotConvert(node, 'it has no scales');
    editor.graph.setInput(node, 1, editor.constant(node, 'scales', Tensor.float32([scales.length], scales)));
    node.attributes.delete('scales');
    return true;
  },
  note: 'scales became an input',
};

/** Upsample-9 to Resize-10: the same operator under its new name. */
const upsample: Conversion = {
  op: 'Upsample',
  at: 10,
  convert(node, editor) {
    editor.replace(node, new Node(node.name, 'Resize', node.inputs, node.outputs, node.attributes));
    return true;
  },
  note: 'became Resize',
};

/**
 * Resize-10 to Resize-11, which says how coordinates map: x = x' / scale, no half pixels. Nearest took the sample below when
 * enlarging and, in ONNX Runtime, the one above when shrinking.
 */
const resize: Conversion = {
  op: 'Resize',
  at: 11,
  convert(node, editor) {
    const scales = node.inputs[1];
    if (!scales) throw cannotConvert(node, 'it has no scales');
    const shrinks =
      editor.graph
        .constant(scales)
        ?.toFloat64()
        .some((scale) => scale < 1) ?? false;
    const more = attributes({ coordinate_transformation_mode: 'asymmetric', nearest_mode: shrinks ? 'ceil' : 'floor' });
    for (const [name, attribute] of more) node.attributes.set(name, attribute);
    editor.graph.setInput(node, 2, scales);
    // Required until opset 13, and without effect in this mode.
    editor.graph.setInput(node, 1, editor.constant(node, 'roi', Tensor.float32([0], [])));
    return true;
  },
  note: 'coordinates are given as asymmetric, as they were by default',
};

/** Resize-13 dropped a mode of Resize-11. */
const resizeModes: Conversion = {
  op: 'Resize',
  at: 13,
  convert(node) {
    const mode = node.string('coordinate_transformation_mode', 'half_pixel');
    if (mode === 'tf_half_pixel_for_nn') throw cannotConvert(node, `the coordinate mode ${mode} was removed`);
    return false;
  },
  note: '',
};

export const conversions: readonly Conversion[] = [upsampleScales, upsample, resize, resizeModes];
