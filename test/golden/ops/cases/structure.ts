import { floatAttribute } from '../../../../src/engine/onnx/graph.ts';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import { float, list, scalar, sizeOf, type Case, type CaseMaker, type Draw, type Operand } from './case.ts';
import { broadcastable } from './elementwise.ts';

/** Stored most of the time; else fed, so that inference does not see it. */
const mostly = (draw: Draw): { constant: boolean } => ({ constant: draw.chance(0.8) });

/** A factorization of `size` into a target shape, with -1 and 0 here and there. */
function reshapeTarget(draw: Draw, dims: readonly number[]): number[] {
  let rest = sizeOf(dims);
  const target: number[] = [];
  while (rest > 1 && target.length < 3) {
    const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => rest % d === 0);
    const part = draw.pick(divisors);
    target.push(part);
    rest /= part;
  }
  target.push(rest);
  if (draw.chance(0.5)) target[draw.int(0, target.length - 1)] = -1;
  if (draw.chance(0.2) && dims[0] === target[0]) target[0] = 0;
  if (draw.chance(0.06)) target[draw.int(0, target.length - 1)] = draw.int(-2, 3);
  return target;
}

const someAxes = (draw: Draw, rank: number): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter(() => draw.chance(0.4)).map((axis) => (draw.chance(0.3) ? axis - rank : axis)); // prettier-ignore

const squeeze: CaseMaker = (draw) => {
  const dims = draw.dims(1, 4).map((dim) => (draw.chance(0.5) ? 1 : dim));
  const axes = dims.flatMap((dim, axis) =>
    (dim === 1 && draw.chance(0.7)) || draw.chance(0.03) ? [draw.chance(0.3) ? axis - dims.length : axis] : [],
  );
  if (axes.length === 0 || draw.chance(0.2)) return { inputs: [float(dims)] };
  if (draw.opset >= 13) return { inputs: [float(dims), list(axes, mostly(draw))] };
  return {
    inputs: [float(dims)],
    attributes: { axes: draw.opset < 11 ? axes.map((axis) => (axis < 0 ? axis + dims.length : axis)) : axes },
  };
};

const unsqueeze: CaseMaker = (draw) => {
  const dims = draw.dims(0, 3);
  const rank = dims.length + draw.int(1, 2);
  const all = Array.from({ length: rank }, (_, axis) => axis).sort(() => (draw.chance(0.5) ? 1 : -1));
  const axes = all.slice(0, rank - dims.length).map((axis) => (draw.opset >= 11 && draw.chance(0.3) ? axis - rank : axis));
  if (draw.chance(0.03)) axes[0] = 9;
  if (draw.opset >= 13) return { inputs: [float(dims), list(axes, mostly(draw))] };
  return { inputs: [float(dims)], attributes: { axes } };
};

const slice: CaseMaker = (draw) => {
  const dims = draw.dims(1, 4, 6);
  const axes = someAxes(draw, dims.length);
  const named = axes.length ? axes : [0];
  const bound = (): number => draw.pick([draw.int(-8, 8), 0, 2 ** 31 - 1, -(2 ** 31)]);
  const starts = named.map(bound);
  const ends = named.map(bound);
  if (draw.opset < 10) {
    return { inputs: [float(dims)], attributes: { starts, ends, axes: named.map((axis) => (axis < 0 ? axis + dims.length : axis)) } };
  }
  const steps = named.map(() => draw.pick([1, 1, 2, 3, -1, -2]));
  const stored = mostly(draw);
  const tail = draw.chance(0.5) ? [list(steps, stored)] : [];
  return { inputs: [float(dims), list(starts, stored), list(ends, stored), list(named, stored), ...tail] };
};

const pad: CaseMaker = (draw) => {
  const dims = draw.dims(1, 4, 5);
  const mode = draw.pick(['constant', 'constant', 'edge', 'reflect']);
  const low = mode === 'reflect' ? 0 : -2;
  const size = (axis: number): number => (mode === 'reflect' ? draw.int(0, dims[axis]! - 1) : draw.int(low, 2));
  const axes = draw.opset >= 18 && draw.chance(0.4) ? someAxes(draw, dims.length) : dims.map((_, axis) => axis);
  const pads = [...axes, ...axes].map((axis) => size(axis < 0 ? axis + dims.length : axis));
  if (draw.opset < 11) return { inputs: [float(dims)], attributes: { pads, mode, ...(draw.opset < 2 && { paddings: pads }) } };
  const named = axes.length < dims.length || draw.opset >= 18 ? draw.opset >= 18 : false;
  const stored = mostly(draw);
  const tail = named ? [undefined, list(axes, stored)] : [];
  return { inputs: [float(dims), list(pads, stored), ...tail], attributes: { mode } };
};

function resizeCase(draw: Draw): Case {
  const dims = [draw.int(1, 2), draw.int(1, 3), draw.int(1, 6), draw.int(1, 6)];
  const scales = [1, 1, draw.pick([0.5, 1, 2, 1.5, 0.7, 3.3]), draw.pick([0.5, 1, 2, 1.25, 0.34])];
  const stored = mostly(draw);
  const scale: Operand = float([4], { values: scales, ...stored });
  const mode = draw.pick(['nearest', 'linear']);
  if (draw.opset < 11) return { inputs: [float(dims), scale], attributes: { mode } };
  const attributes: Record<string, string | readonly number[]> = {
    mode: draw.pick(['nearest', 'linear', 'cubic']),
    coordinate_transformation_mode: draw.pick(['half_pixel', 'asymmetric', 'align_corners', 'pytorch_half_pixel']),
  };
  if (draw.chance(0.5)) return { inputs: [float(dims), undefined, scale], attributes };
  const sizes = [...dims.slice(0, 2), draw.int(1, 9), draw.int(1, 9)];
  if (draw.opset < 18 || draw.chance(0.4)) return { inputs: [float(dims), undefined, undefined, list(sizes, stored)], attributes };
  attributes['axes'] = [2, 3];
  attributes['keep_aspect_ratio_policy'] = draw.pick(['stretch', 'not_larger', 'not_smaller']);
  return { inputs: [float(dims), undefined, undefined, list(sizes.slice(2), stored)], attributes };
}

const upsample: CaseMaker = (draw) => {
  const dims = [1, draw.int(1, 3), draw.int(1, 6), draw.int(1, 6)];
  const [height, width] = [draw.pick([1, 2, 1.5, 3]), draw.pick([1, 2, 1.25])];
  if (draw.opset < 7)
    return { inputs: [float(dims)], attributes: { height_scale: floatAttribute(height), width_scale: floatAttribute(width) } };
  const scales = [1, 1, height, width];
  if (draw.opset < 9) return { inputs: [float(dims)], attributes: { scales: { kind: 'floats', value: scales } } };
  return { inputs: [float(dims), float([4], { values: scales, ...mostly(draw) })] };
};

const split: CaseMaker = (draw) => {
  const dims = draw.dims(1, 3, 6);
  const axis = draw.int(-dims.length, dims.length - 1);
  const size = dims.at(axis < 0 ? axis : axis - dims.length)!;
  const outputs = draw.int(1, 3);
  const parts = Array<number>(outputs).fill(Math.floor(size / outputs));
  parts[outputs - 1]! += draw.chance(0.9) ? size - parts.reduce((a, b) => a + b, 0) : 1;
  const given = draw.chance(0.6);
  if (draw.opset < 13) return { inputs: [float(dims)], attributes: { axis, ...(given && { split: parts }) }, outputs };
  if (given) return { inputs: [float(dims), list(parts, mostly(draw))], attributes: { axis }, outputs };
  return { inputs: [float(dims)], attributes: { axis, ...(draw.opset >= 18 && { num_outputs: outputs }) }, outputs };
};

const concat: CaseMaker = (draw) => {
  const dims = draw.dims(1, 4);
  const axis = draw.int(draw.opset < 11 ? 0 : -dims.length, dims.length - 1);
  const at = axis < 0 ? axis + dims.length : axis;
  const part = (): number[] => dims.map((dim, i) => (i === at ? draw.int(1, 4) : draw.chance(0.02) ? dim + 1 : dim));
  return { inputs: Array.from({ length: draw.int(1, 3) }, () => float(part())), attributes: { axis } };
};

const transpose: CaseMaker = (draw) => {
  const dims = draw.dims(0, 4);
  const perm = dims.map((_, axis) => axis).sort(() => (draw.chance(0.5) ? 1 : -1));
  return { inputs: [float(dims)], attributes: draw.chance(0.8) && dims.length ? { perm } : {} };
};

const shapeOf: CaseMaker = (draw) => {
  const dims = draw.dims(0, 4);
  const bounds =
    draw.opset >= 15 ? { ...(draw.chance(0.5) && { start: draw.int(-5, 5) }), ...(draw.chance(0.5) && { end: draw.int(-5, 5) }) } : {};
  return { inputs: [float(dims)], attributes: bounds };
};

const blocks =
  (depthFirst: boolean): CaseMaker =>
  (draw) => {
    const block = draw.int(1, 3);
    const [channels, height, width] = draw.ints(3, 1, 3) as [number, number, number];
    const wrong = draw.chance(0.05) ? 1 : 0;
    const dims = depthFirst ? [1, channels * block * block + wrong, height, width] : [1, channels, height * block + wrong, width * block];
    return { inputs: [float(dims)], attributes: { blocksize: block } };
  };

const constant: CaseMaker = (draw) => {
  const value = Tensor.float32([2, 3], new Float32Array(6));
  const old = [{ value }];
  const all = [
    ...old,
    { value_float: floatAttribute(1) },
    { value_int: 3 },
    { value_ints: [1, 2, 3] },
    { value_floats: { kind: 'floats' as const, value: [1, 2] } },
  ];
  return { inputs: [], attributes: draw.pick<NonNullable<Case['attributes']>>(draw.opset >= 12 ? all : old) };
};

/** Cases of operators that move elements around. */
export const structureCases: ReadonlyMap<string, CaseMaker> = new Map<string, CaseMaker>([
  ['Reshape', (draw) => {
    const dims = draw.dims(0, 4);
    const target = reshapeTarget(draw, dims);
    if (draw.opset < 5) return { inputs: [float(dims)], attributes: { shape: target } };
    return { inputs: [float(dims), list(target, mostly(draw))], attributes: draw.opset >= 14 && draw.chance(0.1) ? { allowzero: 1 } : {} };
  }],
  ['Flatten', (draw) => {
    const dims = draw.dims(1, 4);
    return { inputs: [float(dims)], attributes: draw.chance(0.7) ? { axis: draw.int(draw.opset < 11 ? 0 : -dims.length, dims.length) } : {} };
  }],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Transpose', transpose],
  ['Concat', concat],
  ['com.microsoft::QLinearConcat', (draw) => {
    const { inputs, attributes } = concat(draw);
    const [scale, zero]: Operand[] = [float([], { constant: true }), { type: 'uint8', dims: [], constant: true }];
    return { inputs: [scale, zero, ...inputs.flatMap((part) => [{ ...part!, type: 'uint8' as const }, scale, zero])], attributes };
  }],
  ['Split', split],
  ['Slice', slice],
  ['Pad', pad],
  ['Resize', resizeCase],
  ['Upsample', upsample],
  ['Tile', (draw) => {
    const dims = draw.dims(1, 4);
    return { inputs: [float(dims), list(dims.map(() => draw.int(0, 3)), mostly(draw))] };
  }],
  ['Expand', (draw) => {
    const [data, target] = broadcastable(draw, 2);
    return { inputs: [float(data!), list(target!, mostly(draw))] };
  }],
  ['DepthToSpace', blocks(true)],
  ['SpaceToDepth', blocks(false)],
  ['Shape', shapeOf],
  ['Size', (draw) => ({ inputs: [float(draw.dims(0, 4))] })],
  ['Constant', constant],
  ['ConstantOfShape', (draw) => ({
    inputs: [list(draw.dims(0, 3).map((dim) => (draw.chance(0.1) ? 0 : dim)), mostly(draw))],
    attributes: draw.chance(0.5) ? { value: Tensor.of(DataType.int64, [1], BigInt64Array.of(7n)) } : {},
  })],
  ['Range', (draw) => {
    const type = draw.pick(['int64', 'float32', 'int32'] as const);
    const stored = mostly(draw);
    return { inputs: [scalar(draw.int(-3, 3), type, stored), scalar(draw.int(-6, 12), type, stored), scalar(draw.pick([1, 2, 3, -1]), type, stored)] };
  }],
  ['EyeLike', (draw) => ({ inputs: [float(draw.dims(2, 2))], attributes: draw.chance(0.5) ? { dtype: 7 } : {} })],
  ['CenterCropPad', (draw) => {
    const dims = draw.dims(2, 4, 6);
    return { inputs: [float(dims), list([draw.int(1, 8), draw.int(1, 8)], mostly(draw))], attributes: { axes: [0, 1] } };
  }],
  ['Trilu', (draw) => ({ inputs: [float(draw.dims(2, 4))] })],
  ['CumSum', (draw) => ({ inputs: [float(draw.dims(1, 3)), scalar(0, 'int64')] })],
  ['ReverseSequence', (draw) => {
    const dims = draw.dims(2, 3);
    return { inputs: [float(dims), { type: 'int64', dims: [dims[1]!] }] };
  }],
]); // prettier-ignore
