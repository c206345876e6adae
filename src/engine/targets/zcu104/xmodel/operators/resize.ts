import { storedShape } from '../layout.ts';
import type { OperatorWriter } from './index.ts';

/** Scales of rows and columns; XIR's modes are TensorFlow's, so only what those can say is written. */
export const resize: OperatorWriter = (writing, node) => {
  const [input, output] = [writing.dims(node.inputs[0]!), writing.dims(node.outputs[0]!)];
  if (input.length !== 4 || input[0] !== output[0] || input[1] !== output[1]) writing.refuse(node, 'it resizes more than rows and columns');
  // Up to operator set 10 there was one way, and no attribute.
  const old = writing.opset <= 10;
  const way = node.string('coordinate_transformation_mode', old ? 'asymmetric' : 'half_pixel');
  const half = way === 'half_pixel' || way === 'pytorch_half_pixel';
  if (!half && way !== 'asymmetric' && way !== 'align_corners')
    writing.refuse(node, `coordinate_transformation_mode ${way} has no form in XIR`);
  const mode = node.string('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear') writing.refuse(node, `mode ${mode} has no form in XIR`);
  const scale = [output[3]! / input[3]!, output[2]! / input[2]!];
  if (mode === 'nearest' && !sameNearest(node.string('nearest_mode', old ? 'floor' : 'round_prefer_floor'), way, input, output))
    writing.refuse(
      node,
      'it takes other pixels than nearest resizing of XIR does',
      'Resize by a whole factor, with nearest_mode floor and asymmetric coordinates.',
    );
  const attributes = {
    mode: mode === 'nearest' ? 'NEAREST' : 'BILINEAR',
    align_corners: way === 'align_corners',
    half_pixel_centers: half,
    scale: { reals: scale },
  };
  writing.made(node, writing.builder.op('resize', node.label, { input: [writing.op(node.inputs[0]!)] }, storedShape(output), attributes));
};

/** Whether ONNX's rule and XIR's (floor of the place, of its centre with half pixels) pick the same rows and columns. */
function sameNearest(rounding: string, way: string, input: readonly number[], output: readonly number[]): boolean {
  return [2, 3].every((axis) => {
    const [size, length] = [input[axis]!, output[axis]!];
    for (let i = 0; i < length; i++) {
      const scale = way === 'align_corners' ? (length > 1 ? (size - 1) / (length - 1) : 0) : size / length;
      const place = way === 'asymmetric' || way === 'align_corners' ? i * scale : (i + 0.5) * scale - 0.5;
      const onnx = Math.min(size - 1, Math.max(0, rounded(place, rounding)));
      const xir = way === 'align_corners' ? Math.floor(place + 0.5) : Math.floor(way === 'asymmetric' ? place : (i + 0.5) * scale);
      if (onnx !== Math.min(xir, size - 1)) return false;
    }
    return true;
  });
}

function rounded(place: number, rounding: string): number {
  if (rounding === 'floor') return Math.floor(place);
  if (rounding === 'ceil') return Math.ceil(place);
  return rounding === 'round_prefer_ceil' ? Math.floor(place + 0.5) : Math.ceil(place - 0.5);
}
