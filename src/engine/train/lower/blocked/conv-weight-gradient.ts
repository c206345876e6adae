import { Tensor } from '../../../onnx/tensor.ts';
import { fewChannels, kindOf } from './conv.ts';
import { scaledRows } from './filter.ts';
import type { BlockedRule, BlockedSite } from './site.ts';

/**
 * dW from blocked dY and X by convolutions whose "channels" to sum over are the pictures of the batch, so that no activation has to be unfolded. A batch
 * that is no multiple of the block is cut into strips of rows until it is one.
 *
 * Dense: X as pictures of n channels, [I/B, n, H, W·B] (the block folded into the width), with dY as a filter [O, n, h, w] that steps by stride·B
 * along the width; the result has one place for each place of the kernel. Few channels, which are plain: the same with [1, n, H, W·I]. Depthwise: X as
 * one picture of n·C channels, dY as its depthwise filter.
 */
export const convWeightGradient: BlockedRule = (site) => {
  const shape = site.ints('shape');
  if (shape.length !== 4) return false;
  const kind = kindOf(site, shape);
  if (!kind || site.ints('dilations').some((dilation) => dilation !== 1)) return false;
  if (kind === 'depthwise') return site.donePlain(depthwise(site, shape));
  const few = fewChannels(site, shape[1]!);
  if (few) site.forms.plain(site.input(1), site.node);
  const sizes = inStrips(sizesOf(site, shape.slice(2)), site.block);
  return site.donePlain(few ? fromPlain(site, shape, sizes) : dense(site, shape, sizes));
};

interface Sizes {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  /** Of dY. */
  readonly rows: number;
  readonly columns: number;
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  /** Strips of rows that each picture is cut into, and the rows of dY in each. */
  readonly strips: number;
  readonly stripRows: number;
}

function sizesOf(site: BlockedSite, kernel: readonly number[]): Sizes {
  const [n, , rows, columns] = site.inputShape(0) as [number, number, number, number];
  const [, , height, width] = site.inputShape(1) as [number, number, number, number];
  return { n, height, width, rows, columns, kernel, strides: site.ints('strides'), pads: site.ints('pads'), strips: 1, stripRows: rows };
}

/** As few strips as make pictures · strips a multiple of the block. */
function inStrips(sizes: Sizes, block: number): Sizes {
  const strips = block / greatestDivisor(sizes.n, block);
  return { ...sizes, strips, stripRows: Math.ceil(sizes.rows / strips) };
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** Columns (rows) of X that windows reach, and where they begin and end relative to the data. */
function reach({ kernel, strides, pads, rows, columns, height, width }: Sizes, axis: 0 | 1): { size: number; begin: number; end: number } {
  const size = ((axis ? columns : rows) - 1) * strides[axis]! + kernel[axis]!;
  return { size, begin: pads[axis]!, end: size - (axis ? width : height) - pads[axis]! };
}

/** X as wide as windows reach: zeros before and behind by a depthwise 1×1 convolution (Pad runs on one thread), or cut behind. */
function widened(site: BlockedSite, channels: number, sizes: Sizes): { x: string; width: number } {
  const { n, height, width } = sizes;
  const { size, begin, end } = reach(sizes, 1);
  const x = site.blocked(1);
  const padded = begin + Math.max(0, end);
  const wide = padded === 0 ? x : site.conv([x, ones(site, channels)], [1, 1], channels, { pads: [0, begin, 0, Math.max(0, end)] });
  if (end >= 0) return { x: wide, width: width + padded };
  const { block } = site;
  const rows = site.reshape(wide, [n * (channels / block) * height, (width + padded) * block]);
  const cut = site.emit('Slice', [rows, site.indices([0]), site.indices([size * block]), site.indices([1])]);
  return { x: site.reshape(cut, [n, channels, height, size]), width: size };
}

const ones = (site: BlockedSite, channels: number): string =>
  site.once(`ones ${channels}`, () => site.store(Tensor.float32([channels, 1, 1, 1], new Float32Array(channels).fill(1))));

/**
 * Rows of X for each strip of dY's rows, with what windows reach beyond it: [n, strips, …, strip height, row]. `view`: X as [n, …, height, row]; one strip
 * stays as it is, and its pads are left to the convolution.
 */
function strips(
  site: BlockedSite,
  x: string,
  view: readonly number[],
  sizes: Sizes,
): { x: string; height: number; pads: readonly [number, number] } {
  const { height, kernel, strides } = sizes;
  const { begin, end } = reach(sizes, 0);
  if (sizes.strips === 1) return { x, height, pads: [begin, Math.max(0, end)] };
  const axis = view.length - 2;
  const tall = (sizes.stripRows - 1) * strides[0]! + kernel[0]!;
  const step = sizes.stripRows * strides[0]!;
  const last = (sizes.strips - 1) * step + tall;
  const pads = Array<number>(2 * view.length).fill(0);
  [pads[axis], pads[axis + view.length]] = [begin, Math.max(0, last - height - begin)];
  const whole = pads.every((pad) => pad === 0)
    ? site.reshape(x, view)
    : site.emit('Pad', [site.reshape(x, view), site.indices(pads), site.number(0)]);
  const alone = view.map((size, i) => (i === axis ? tall : size));
  const parts = Array.from({ length: sizes.strips }, (_, i) => {
    const part = site.emit('Slice', [whole, site.indices([i * step]), site.indices([i * step + tall]), site.indices([axis])]);
    return site.reshape(part, [alone[0]!, 1, ...alone.slice(1)]);
  });
  return { x: site.emit('Concat', parts, { axis: 1 }), height: tall, pads: [0, 0] };
}

/** dY as a filter over pictures: [Op/B, n·strips/B, rows · columns, Bn, Bo], declared [Op, n·strips, rows, columns]. */
function asFilter(site: BlockedSite, op: number, { n, rows, columns, strips, stripRows }: Sizes): string {
  const { block } = site;
  const missing = strips * stripRows - rows;
  const whole = site.unscaled(0).value;
  const tall = missing
    ? site.emit('Pad', [
        site.reshape(whole, [(n * op) / block, rows, columns * block]),
        site.indices([0, 0, 0, 0, missing, 0]),
        site.number(0),
      ])
    : whole;
  const together = block / strips;
  const apart = site.reshape(tall, [n / together, together, op / block, strips, stripRows * columns, block]);
  return site.reshape(site.transpose(apart, [2, 0, 4, 1, 3, 5]), [op, n * strips, stripRows, columns]);
}

function dense(site: BlockedSite, [outputs, inputs]: readonly number[], sizes: Sizes): string {
  const { n, height, columns, strides, stripRows, kernel } = sizes;
  const { block } = site;
  const [op, ip] = [site.padded(outputs!), site.padded(inputs!)];
  const { x, width } = widened(site, ip, sizes);
  const cut = strips(site, x, [n, ip / block, height, width * block], sizes);
  const pictures = n * sizes.strips;
  // [n, I/B, H, W, B] with the pictures as channels: [n/B, I/B · H · W · B, Bn].
  const turned = site.blockedOp('ReorderInput', [site.reshape(cut.x, [1, pictures, ip * cut.height * width, 1])]);
  const apart = site.reshape(turned, [pictures / block, ip / block, cut.height * width * block * block]);
  const data = pictures === block || ip === block ? apart : site.transpose(apart, [1, 0, 2]);
  const sum = site.conv(
    [site.reshape(data, [ip / block, pictures, cut.height, width * block]), asFilter(site, op, sizes)],
    [stripRows, columns],
    1,
    { dilations: [strides[0]!, strides[1]! * block], pads: [cut.pads[0], 0, cut.pads[1], 0] },
  );
  const [kh, kw] = kernel as [number, number];
  const tall = cut.height + cut.pads[0] + cut.pads[1] - (stripRows - 1) * strides[0]!;
  const kept = firstRows(site, sum, [(ip / block) * (op / block), tall, kw * block * block], kh);
  // [I/B, O/B, kernel, Bi, Bo] → [O/B, I · kernel, Bo] → [O, I, kernel]
  const places = site.reshape(kept, [ip / block, op / block, kh * kw, block, block]);
  const rows = site.transpose(places, kh * kw === 1 ? [1, 0, 2, 3, 4] : [1, 0, 3, 2, 4]);
  const plain = site.blockedOp('ReorderOutput', [site.reshape(rows, [op / block, block, ip * kh * kw, 1])], {
    channels: block,
    channels_last: 0,
  });
  return trimmed(site, site.reshape(times(site, plain, op, ip * kh * kw), [op, ip, kh, kw]), [op, ip], [outputs!, inputs!]);
}

/** X [n, I, H, W] as one picture of n channels whose columns are the columns of all I channels, one beside the other. */
function fromPlain(site: BlockedSite, [outputs, inputs]: readonly number[], sizes: Sizes): string {
  const { n, height, columns, strides, stripRows, kernel } = sizes;
  const { block } = site;
  const op = site.padded(outputs!);
  const { size: width, begin, end } = reach(sizes, 1);
  const pads = site.indices([0, 0, 0, begin, 0, 0, 0, end]);
  const padded = begin === 0 && end === 0 ? site.input(1) : site.emit('Pad', [site.input(1), pads, site.number(0)]);
  const cut = strips(site, padded, [n, inputs!, height, width], sizes);
  const pictures = n * sizes.strips;
  const turned = site.blockedOp('ReorderInput', [site.reshape(cut.x, [1, pictures, inputs! * cut.height * width, 1])]);
  const beside = site.transpose(site.reshape(turned, [pictures / block, inputs!, cut.height * width, block]), [0, 2, 1, 3]);
  const sum = site.conv(
    [site.reshape(beside, [1, pictures, cut.height, width * inputs!]), asFilter(site, op, sizes)],
    [stripRows, columns],
    1,
    { dilations: [strides[0]!, strides[1]! * inputs!], pads: [cut.pads[0], 0, cut.pads[1], 0] },
  );
  const [kh, kw] = kernel as [number, number];
  const tall = cut.height + cut.pads[0] + cut.pads[1] - (stripRows - 1) * strides[0]!;
  const kept = firstRows(site, sum, [op / block, tall, kw * inputs! * block], kh);
  const plain = site.blockedOp('ReorderOutput', [site.reshape(kept, [1, op, kh * kw * inputs!, 1])], { channels: op, channels_last: 0 });
  const rows = site.transpose(site.reshape(times(site, plain, op, kh * kw * inputs!), [op, kh * kw, inputs!]), [0, 2, 1]);
  return trimmed(site, site.reshape(rows, [op, inputs!, kh, kw]), [op, inputs!], [outputs!, inputs!]);
}

/** Rows of X that no window reaches give rows of the result behind the kernel's: left out (the operator takes no negative pads). */
function firstRows(site: BlockedSite, value: string, view: readonly [number, number, number], rows: number): string {
  if (view[1] === rows) return value;
  return site.emit('Slice', [site.reshape(value, view), site.indices([0]), site.indices([rows]), site.indices([1])]);
}

/** Rows of dW times the factors that dY does not have in it yet. */
function times(site: BlockedSite, weights: string, outputs: number, columns: number): string {
  const { factor } = site.unscaled(0);
  return factor === undefined ? weights : scaledRows(site, weights, factor, outputs, columns);
}

function trimmed(site: BlockedSite, weights: string, from: readonly number[], to: readonly number[]): string {
  if (from.every((size, axis) => size === to[axis])) return weights;
  return site.emit('Slice', [weights, site.indices([0, 0]), site.indices([...to]), site.indices([0, 1])]);
}

function depthwise(site: BlockedSite, [channels]: readonly number[]): string {
  const { block } = site;
  const cp = site.padded(channels!);
  const sizes = sizesOf(site, site.ints('shape').slice(2));
  const { n, height, rows, columns, strides, kernel } = sizes;
  const { x, width } = widened(site, cp, sizes);
  const { begin, end } = reach(sizes, 0);
  const pads = [begin, 0, Math.max(0, end), 0];
  const sum = site.conv(
    [site.reshape(x, [1, n * cp, height, width]), site.reshape(site.unscaled(0).value, [n * cp, 1, rows, columns])],
    [rows, columns],
    n * cp,
    { dilations: strides, pads },
  );
  const [kh, kw] = kernel as [number, number];
  const tall = height + begin + Math.max(0, end) - (rows - 1) * strides[0]!;
  const kept = firstRows(site, sum, [(n * cp) / block, tall, kw * block], kh);
  const summed = site.emit('ReduceSum', [site.reshape(kept, [n, cp * kh * kw]), site.indices([0])], { keepdims: 0 });
  const plain = site.blockedOp('ReorderOutput', [site.reshape(summed, [cp / block, block, kh * kw, 1])], {
    channels: block,
    channels_last: 0,
  });
  return trimmed(site, site.reshape(times(site, plain, cp, kh * kw), [cp, 1, kh, kw]), [cp, 1], [channels!, 1]);
}
