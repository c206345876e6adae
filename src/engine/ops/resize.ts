import type { Dim, Node } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { InferenceContext, OperatorRecord } from './record.ts';
import { formatShape } from './shape/dims.ts';
import { normalAxes, numbersAt, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { movesElements } from './shape/roles.ts';

/** floor(size · scale) in float32, as ONNX Runtime computes it (upsamplebase.h). */
const scaled = (node: Node, dim: Dim, scale: number): Dim => {
  if (!(scale > 0)) throw shapeError(node, `has scale ${scale}; expected above 0`);
  if (scale === 1) return dim;
  return typeof dim === 'number' ? Math.trunc(Math.fround(Math.fround(scale) * Math.fround(dim))) : null;
};

function byScales(node: Node, input: readonly Dim[] | undefined, scales: readonly Dim[], axes?: readonly number[]): Dim[] | undefined {
  if (!input) return axes ? undefined : scales.map(() => null);
  const named = axes ?? input.map((_, axis) => axis);
  if (scales.length !== named.length)
    throw shapeError(node, `has ${scales.length} scales for ${named.length} axes of ${formatShape(input)}`);
  const shape = [...input];
  for (const [i, axis] of named.entries()) {
    const scale = scales[i];
    shape[axis] = typeof scale === 'number' ? scaled(node, input[axis]!, scale) : null;
  }
  return shape;
}

/** Sizes as given; with keep_aspect_ratio_policy (opset 18) one scale for all named axes, rounded half up. */
function bySizes(node: Node, input: readonly Dim[] | undefined, sizes: readonly Dim[], axes?: readonly number[]): Dim[] | undefined {
  if (!input) return axes ? undefined : [...sizes];
  const named = axes ?? input.map((_, axis) => axis);
  if (sizes.length !== named.length) throw shapeError(node, `has ${sizes.length} sizes for ${named.length} axes of ${formatShape(input)}`);
  const negative = sizes.find((size) => typeof size === 'number' && size < 0);
  if (negative !== undefined) throw shapeError(node, `has size ${negative}`);
  const policy = node.string('keep_aspect_ratio_policy', 'stretch');
  const shape = [...input];
  if (policy === 'stretch') {
    for (const [i, axis] of named.entries()) shape[axis] = sizes[i]!;
    return shape;
  }
  const ratios = named.map((axis, i) => {
    const [size, dim] = [sizes[i]!, input[axis]!];
    return typeof size === 'number' && typeof dim === 'number' ? Math.fround(size / dim) : null;
  });
  const known = ratios.every((ratio) => ratio !== null);
  const pick = policy === 'not_larger' ? Math.min : Math.max;
  const scale = known ? pick(...(ratios as number[])) : null;
  for (const axis of named) {
    const dim = input[axis]!;
    shape[axis] = scale !== null && typeof dim === 'number' ? Math.floor(Math.fround(scale * dim) + 0.5) : null;
  }
  return shape;
}

/** An input that is given and not empty: Resize takes an empty tensor for "not given". */
const isGiven = (context: InferenceContext, index: number): boolean =>
  (context.node.inputs[index] ?? '') !== '' && shapeAt(context, index)?.[0] !== 0;

function resized(context: InferenceContext): readonly Dim[] | undefined {
  const { node } = context;
  const input = shapeAt(context, 0);
  const declared = node.ints('axes');
  const axes = declared && input ? normalAxes(node, declared, input.length) : declared;
  const sizes = isGiven(context, 3) ? context.input(3)?.elements : undefined;
  if (sizes) return bySizes(node, input, sizes, axes);
  if (!isGiven(context, 3) && isGiven(context, 2)) {
    const scales = context.input(2)?.elements;
    if (scales) return byScales(node, input, scales, axes);
  }
  return input?.map((dim, axis) => (axes && !axes.includes(axis) ? dim : null));
}

/** All coordinate modes give the same sizes, except tf_crop_and_resize, whose sizes also follow the region of interest. */
function resize(context: InferenceContext): readonly Dim[] | undefined {
  const { node } = context;
  const shape = resized(context);
  const crop = node.string('coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize';
  if (!crop || isGiven(context, 3)) return shape;
  const [input, scales, roi] = [shapeAt(context, 0), numbersAt(context, 2), numbersAt(context, 1)];
  if (!input || !scales || !roi || roi.length !== 2 * input.length || scales.length !== input.length) return input?.map(() => null);
  return input.map((dim, axis) => {
    if (typeof dim !== 'number') return null;
    const share = Math.fround(roi[axis + input.length]! - roi[axis]!);
    return Math.trunc(Math.fround(Math.fround(scales[axis]! * share) * dim));
  });
}

const summary = 'Scales a picture up or down.';

export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Resize',
    since: 10,
    until: 10,
    summary,
    settings: [1],
    quantize: movesElements,
    infer(context) {
      const scales = context.input(1)?.elements;
      const input = shapeAt(context, 0);
      return [tensorOf(typeAt(context, 0), scales ? byScales(context.node, input, scales) : input?.map(() => null))];
    },
  },
  {
    op: 'Resize',
    since: 11,
    summary,
    settings: [1, 2, 3],
    quantize: movesElements,
    infer: (context) => [tensorOf(typeAt(context, 0), resize(context))],
  },
  {
    op: 'Upsample',
    since: 1,
    until: 6,
    summary,
    quantize: movesElements,
    infer(context) {
      const { node } = context;
      const scales = [1, 1, node.float('height_scale', 1), node.float('width_scale', 1)];
      return [tensorOf(typeAt(context, 0), byScales(node, shapeAt(context, 0), scales))];
    },
  },
  {
    op: 'Upsample',
    since: 7,
    until: 8,
    summary,
    quantize: movesElements,
    infer: (context) => [tensorOf(typeAt(context, 0), byScales(context.node, shapeAt(context, 0), context.node.floats('scales') ?? []))],
  },
  {
    op: 'Upsample',
    since: 9,
    until: 9,
    summary,
    settings: [1],
    quantize: movesElements,
    infer(context) {
      const scales = context.input(1)?.elements;
      const input = shapeAt(context, 0);
      return [tensorOf(typeAt(context, 0), scales ? byScales(context.node, input, scales) : input?.map(() => null))];
    },
  },
]);
