import type { Dim } from '../onnx/graph.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { convMacs, convShape } from './conv.ts';
import { productOf } from './shape/dims.ts';
import {
  agree,
  commonType,
  dimAt,
  hasInput,
  normalAxes,
  numbersAt,
  ranked,
  rankedAtLeast,
  shapeAt,
  shapeError,
  tensorOf,
  typeAt,
} from './shape/operand.ts';
import { windowOf } from './shape/window.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** GridSample-16 to -22: [N, C, in…] at [N, out…, axes] gives [N, C, out…]. */
function gridSample(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const [data, grid] = [rankedAtLeast(context, 0, 3), shapeAt(context, 1)];
  if (!data || !grid) return [tensorOf(typeAt(context, 0))];
  if (grid.length !== data.length) throw shapeError(node, `has a grid of rank ${grid.length} on an input of rank ${data.length}`);
  agree(node, 'the batch', data[0]!, grid[0]!);
  agree(node, 'coordinates per point', grid.at(-1)!, data.length - 2);
  return [tensorOf(typeAt(context, 0), [agree(node, 'the batch', data[0]!, grid[0]!), data[1]!, ...grid.slice(1, -1)])];
}

/** AffineGrid-20: theta [N, axes, axes + 1] and a size [N, C, …] give a grid [N, …, axes]. */
function affineGrid(context: InferenceContext): (Inferred | undefined)[] {
  const size = context.input(1)?.elements;
  if (!size) return [tensorOf(typeAt(context, 0))];
  if (size.length !== 4 && size.length !== 5) throw shapeError(context.node, `has a size of ${size.length} axes; expected 4 or 5`);
  return [tensorOf(typeAt(context, 0), [size[0]!, ...size.slice(2), size.length - 2])];
}

/** MaxUnpool-9: the pooled size undone, or as the third input states. */
function maxUnpool(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const input = rankedAtLeast(context, 0, 3);
  const type = typeAt(context, 0);
  if (!input) return [tensorOf(type)];
  if (hasInput(context, 2)) return [tensorOf(type, context.input(2)?.elements ?? input.map(() => null))];
  const window = windowOf(node, node.ints('kernel_shape') ?? [], input.length - 2);
  const sizes = input.slice(2).map((dim, axis): Dim => {
    if (typeof dim !== 'number') return null;
    return (dim - 1) * window.strides[axis]! - window.padsBegin[axis]! - window.padsEnd[axis]! + (window.kernel[axis] as number);
  });
  return [tensorOf(type, [input[0]!, input[1]!, ...sizes])];
}

/** CenterCropPad-18: named axes get the sizes that the second input states. */
function centerCropPad(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const input = shapeAt(context, 0);
  const sizes = context.input(1)?.elements;
  if (!input) return [tensorOf(typeAt(context, 0))];
  const axes = normalAxes(node, node.ints('axes') ?? [...input.keys()], input.length);
  if (sizes && sizes.length !== axes.length) throw shapeError(node, `has ${sizes.length} sizes for ${axes.length} axes`);
  return [tensorOf(typeAt(context, 0), input.map((dim, axis) => (axes.includes(axis) ? (sizes?.[axes.indexOf(axis)] ?? null) : dim)))]; // prettier-ignore
}

/** Col2Im-18: [N, C × block, L] with the image's size gives [N, C, image…]. */
function col2Im(context: InferenceContext): (Inferred | undefined)[] {
  const input = ranked(context, 0, 3);
  const [image, block] = [context.input(1)?.elements, numbersAt(context, 2)];
  if (!input || !image || !block) return [tensorOf(typeAt(context, 0))];
  const [columns, size] = [input[1]!, productOf(block)!];
  if (typeof columns === 'number' && columns % size !== 0) throw shapeError(context.node, `has ${columns} rows for blocks of ${size}`);
  return [tensorOf(typeAt(context, 0), [input[0]!, typeof columns === 'number' ? columns / size : null, ...image])];
}

/** Operators of detectors and warping. */
export const records: readonly OperatorRecord[] = [
  {
    op: 'GridSample',
    since: 16,
    summary: 'Reads a picture at given coordinates.',
    quantize: noIntegerKernel('GridSample'),
    infer: gridSample,
  },
  {
    op: 'AffineGrid',
    since: 20,
    summary: 'Coordinates of an affine transform, for GridSample.',
    quantize: noIntegerKernel('AffineGrid'),
    infer: affineGrid,
  },
  {
    op: 'RoiAlign',
    since: 10,
    summary: 'Pools regions of a feature map to one size, with interpolation.',
    quantize: noIntegerKernel('RoiAlign'),
    infer(context) {
      const { node } = context;
      const [data, regions] = [ranked(context, 0, 4), ranked(context, 1, 2)];
      if (regions) agree(node, 'numbers per region', regions[1]!, 4);
      const count = agree(node, 'the number of regions', dimAt(regions, 0), dimAt(ranked(context, 2, 1), 0));
      return [tensorOf(typeAt(context, 0), [count, dimAt(data, 1), node.int('output_height', 1), node.int('output_width', 1)])];
    },
  },
  {
    op: 'MaxRoiPool',
    since: 1,
    summary: 'Pools regions of a feature map to one size.',
    quantize: noIntegerKernel('MaxRoiPool'),
    infer(context) {
      const [data, regions] = [ranked(context, 0, 4), ranked(context, 1, 2)];
      return [tensorOf(typeAt(context, 0), [dimAt(regions, 0), dimAt(data, 1), ...(context.node.ints('pooled_shape') ?? [null, null])])];
    },
  },
  {
    op: 'MaxUnpool',
    since: 9,
    summary: 'Puts pooled elements back where MaxPool found them.',
    quantize: noIntegerKernel('MaxUnpool'),
    infer: maxUnpool,
  },
  {
    op: 'CenterCropPad',
    since: 18,
    summary: 'Crops or pads around the centre to given sizes.',
    quantize: noIntegerKernel('CenterCropPad'),
    infer: centerCropPad,
  },
  { op: 'Col2Im', since: 18, summary: 'Adds columns of blocks up to a picture.', quantize: noIntegerKernel('Col2Im'), infer: col2Im },
  {
    op: 'DeformConv',
    since: 19,
    summary: 'Convolution whose sampling points are moved by a second input.',
    weights: [1, 3],
    macs: convMacs(1),
    quantize: noIntegerKernel('DeformConv'),
    infer: (context) => [tensorOf(commonType(context, [0, 1, 2, 3, 4]), convShape(context, 0, 1, 3))],
  },
];
