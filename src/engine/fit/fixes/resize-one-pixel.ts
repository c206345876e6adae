import { Tensor } from '../../onnx/tensor.ts';
import { replaceNode, store } from '../build.ts';
import { isFloat32, isOp, mapOf, type Fix } from '../fix.ts';

export const resizeOnePixel: Fix = {
  id: 'resize-one-pixel',
  title: 'Repeat the pixel',
  effect: 'exact',
  finds: 'Resize, linear or cubic, of a feature map of one pixel (image pooling of DeepLab).',
  does: 'Resize to the nearest: interpolation of one number is that number.',
  source: 'Bilinear Resize by 2, 4 or 8 only (vai_q_pytorch 3.5, dpu_op_filter.py).',
  match(node, scope) {
    const [from, to] = [mapOf(scope, node.inputs[0]), mapOf(scope, node.outputs[0])];
    if (!isOp(node, 'Resize') || !from || !to || from.height !== 1 || from.width !== 1 || from.channels !== to.channels) return undefined;
    const mode = node.string('mode', 'nearest');
    const inside = !node.string('coordinate_transformation_mode', 'half_pixel').startsWith('tf_crop');
    if (mode === 'nearest' || !inside || !isFloat32(scope, node.inputs[0])) return undefined;
    return {
      nodes: [node.label],
      message: `${mode} becomes nearest, ${to.height}×${to.width} of one pixel`,
      apply() {
        const scales = store(scope.graph, `${node.label}/scales`, Tensor.float32([4], [1, 1, to.height, to.width]));
        const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
        replaceNode(scope.graph, node, 'Resize', [node.inputs[0]!, '', scales], attributes);
        return undefined;
      },
    };
  },
};
