import { attributes } from '../../onnx/graph.ts';
import { isFloat32, isOp, mapOf, type Fix } from '../fix.ts';

export const resizeNearest: Fix = {
  id: 'resize-nearest',
  title: 'Do not align the corners and retrain',
  effect: 'changed',
  finds: 'Resize with align_corners to a whole multiple, the same for height and width: bilinear 2, 4, nearest any.',
  does: 'half_pixel for bilinear, asymmetric for nearest: values move by less than one pixel of the input.',
  source: 'align_corners=false only (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    if (!isOp(node, 'Resize') || node.string('coordinate_transformation_mode', 'half_pixel') !== 'align_corners') return undefined;
    const [from, to] = [mapOf(scope, node.inputs[0]), mapOf(scope, node.outputs[0])];
    if (!from || !to || from.channels !== to.channels || !isFloat32(scope, node.inputs[0])) return undefined;
    const mode = node.string('mode', 'nearest');
    const [high, wide] = [to.height / from.height, to.width / from.width];
    const known =
      mode === 'nearest' ? Number.isInteger(high) && Number.isInteger(wide) : mode === 'linear' && high === wide && [2, 4].includes(high);
    if (!known) return undefined;
    const own: Record<string, string> =
      mode === 'linear'
        ? { coordinate_transformation_mode: 'half_pixel' }
        : { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    return {
      nodes: [node.label],
      message: `align_corners becomes ${own['coordinate_transformation_mode']}`,
      apply() {
        for (const [name, value] of attributes(own)) node.attributes.set(name, value);
        return undefined;
      },
    };
  },
};
