import { Tensor } from '../../../onnx/tensor.ts';
import { kindOf } from './conv.ts';
import type { BlockedRule, BlockedSite } from './site.ts';

/**
 * dW from blocked dY and X by convolutions whose "channels" to sum over are the pictures of the batch, so that no activation has to be unfolded. The batch
 * must be a multiple of the block.
 *
 * Dense: X as pictures of n channels, [I/B, n, H, W·B] (the block folded into the width), with dY as a filter [O, n, h, w] that steps by stride·B
 * along the width; the result has one place for each place of the kernel. Depthwise: X as one picture of n·C channels, dY as its depthwise filter.
 */
export const convWeightGradient: BlockedRule = (site) => {
  const shape = site.ints('shape');
  if (shape.length !== 4) return false;
  const [n] = site.inputShape(0) as [number];
  const kind = kindOf(site, shape);
  if (!kind || (kind === 'dense' && shape[1]! < 4)) return false;
  if (kind === 'dense' && n % site.block !== 0) return false;
  if (site.ints('dilations').some((dilation) => dilation !== 1)) return false;
  return site.donePlain(kind === 'dense' ? dense(site, shape) : depthwise(site, shape));
};

interface Sizes {
  readonly n: number;
  readonly height: number;
  readonly width: number;
  /** Of dY. */
  readonly rows: number;
  readonly columns: number;
  /** Of X with its padding, as far as windows reach. */
  readonly reach: readonly [height: number, width: number];
  readonly strides: readonly number[];
  readonly pads: readonly number[];
}

function sizesOf(site: BlockedSite, kernel: readonly number[]): Sizes {
  const [n, , rows, columns] = site.inputShape(0) as [number, number, number, number];
  const [, , height, width] = site.inputShape(1) as [number, number, number, number];
  const strides = site.ints('strides');
  const reach = [(rows - 1) * strides[0]! + kernel[0]!, (columns - 1) * strides[1]! + kernel[1]!] as const;
  return { n, height, width, rows, columns, reach, strides, pads: site.ints('pads') };
}

/** X as wide as windows reach: zeros before and behind by a depthwise 1×1 convolution (Pad runs on one thread), or cut behind. */
function widened(site: BlockedSite, channels: number, { n, height, width, reach, pads }: Sizes): { x: string; width: number } {
  const [begin, end] = [pads[1]!, reach[1] - width - pads[1]!];
  const x = site.blocked(1);
  if (begin === 0 && end === 0) return { x, width };
  const padded = begin + Math.max(0, end);
  const ones = site.once(`ones ${channels}`, () => site.store(Tensor.float32([channels, 1, 1, 1], new Float32Array(channels).fill(1))));
  const wide = padded === 0 ? x : site.conv([x, ones], [1, 1], channels, { pads: [0, begin, 0, Math.max(0, end)] });
  if (end >= 0) return { x: wide, width: width + padded };
  const { block } = site;
  const rows = site.reshape(wide, [n * (channels / block) * height, (width + padded) * block]);
  const cut = site.emit('Slice', [rows, site.indices([0]), site.indices([reach[1] * block]), site.indices([1])]);
  return { x: site.reshape(cut, [n, channels, height, reach[1]]), width: reach[1] };
}

function dense(site: BlockedSite, [outputs, inputs, ...kernel]: readonly number[]): string {
  const sizes = sizesOf(site, kernel);
  const { n, height, rows, columns, reach, strides, pads } = sizes;
  const { block } = site;
  const [op, ip] = [site.padded(outputs!), site.padded(inputs!)];
  const { x, width } = widened(site, ip, sizes);
  // [n, I/B, H, W, B] with the pictures as channels: [n/B, I/B · H · W · B, Bn].
  const turned = site.blockedOp('ReorderInput', [site.reshape(x, [1, n, ip * height * width, 1])]);
  const apart = site.reshape(turned, [n / block, ip / block, height * width * block * block]);
  const pictures = n === block ? apart : site.transpose(apart, [1, 0, 2]);
  const dy = site.transpose(site.reshape(site.blocked(0), [n / block, block, op / block, rows * columns, block]), [2, 0, 3, 1, 4]);
  // Rows that no window reaches are cut by a negative pad, which the operator does not take: rows behind are left out of the result instead.
  const end = Math.max(0, reach[0] - height - pads[0]!);
  const places = [height + pads[0]! + end - (rows - 1) * strides[0]!, (width - (columns - 1) * strides[1]!) * block];
  const sum = site.conv(
    [site.reshape(pictures, [ip / block, n, height, width * block]), site.reshape(dy, [op, n, rows, columns])],
    [rows, columns],
    1,
    { dilations: [strides[0]!, strides[1]! * block], pads: [pads[0]!, 0, end, 0] },
  );
  const plain = site.blockedOp('ReorderOutput', [sum], { channels: outputs!, channels_last: 0 });
  const [kh, kw] = kernel as [number, number];
  const kept = places[0] === kh ? plain : site.emit('Slice', [plain, site.indices([0]), site.indices([kh]), site.indices([2])]);
  const all = site.transpose(site.reshape(kept, [ip / block, outputs!, kh, kw, block]), [1, 0, 4, 2, 3]);
  const weights = site.reshape(all, [outputs!, ip, kh, kw]);
  return ip === inputs ? weights : site.emit('Slice', [weights, site.indices([0]), site.indices([inputs!]), site.indices([1])]);
}

function depthwise(site: BlockedSite, [channels, , ...kernel]: readonly number[]): string {
  const sizes = sizesOf(site, kernel);
  const { n, height, rows, columns, reach, strides, pads } = sizes;
  const cp = site.padded(channels!);
  const { x, width } = widened(site, cp, sizes);
  const end = Math.max(0, reach[0] - height - pads[0]!);
  const sum = site.conv(
    [site.reshape(x, [1, n * cp, height, width]), site.reshape(site.blocked(0), [n * cp, 1, rows, columns])],
    [rows, columns],
    n * cp,
    { dilations: strides, pads: [pads[0]!, 0, end, 0] },
  );
  const [kh, kw] = kernel as [number, number];
  const tall = height + pads[0]! + end - (rows - 1) * strides[0]!;
  const { block } = site;
  const apart = site.reshape(sum, [n, cp / block, tall, kw * block]);
  const kept = tall === kh ? apart : site.emit('Slice', [apart, site.indices([0]), site.indices([kh]), site.indices([2])]);
  const summed = site.emit('ReduceSum', [site.reshape(kept, [n, (cp / block) * kh * kw * block]), site.indices([0])], { keepdims: 0 });
  const weights = site.reshape(site.transpose(site.reshape(summed, [cp / block, kh * kw, block]), [0, 2, 1]), [cp, 1, kh, kw]);
  return cp === channels ? weights : site.emit('Slice', [weights, site.indices([0]), site.indices([channels!]), site.indices([0])]);
}
