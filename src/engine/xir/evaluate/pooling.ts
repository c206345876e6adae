import { eachPixel } from './convolution.ts';
import { elements, type Evaluate, type Operands, type Values } from './operator.ts';
import { padded, padsOf, windowOf, type Pads, type Window } from './padding.ts';

const nothing: Pads = { left: 0, right: 0, top: 0, bottom: 0 };
/** -FLT_MAX. */
const lowest = -3.4028234663852886e38;

function windowAndPads({ attributes, shape }: Operands, input: Values): { window: Window; pads: Pads } {
  if (attributes.boolean('global', false))
    return { window: { kernel: [input.shape[2]!, input.shape[1]!], stride: [1, 1], dilation: [1, 1] }, pads: nothing };
  const window: Window = { ...windowOf(attributes), dilation: [1, 1] };
  return { window, pads: padsOf(attributes, window, input.shape, shape) };
}

/** The last windows may reach over the pads: that much more is added. */
const withOverhang = (pads: Pads, { kernel }: Window): Pads => ({
  ...pads,
  right: Math.max(0, pads.right) + kernel[0],
  bottom: Math.max(0, pads.bottom) + kernel[1],
});

export const maxPool: Evaluate = (operands) => {
  const input = operands.one('input');
  const { window, pads } = windowAndPads(operands, input);
  const out = new Float32Array(elements(operands.shape)).fill(lowest);
  reduce(padded(input, withOverhang(pads, window), lowest), window, operands.shape, (at, value) => (out[at] = Math.max(out[at]!, value)));
  return out;
};

/** Sums in float32, times 1 / (width · height) in double; what counts as the window's size depends on two attributes. */
export const averagePool: Evaluate = (operands) => {
  const { attributes, shape } = operands;
  const input = operands.one('input');
  const { window, pads } = windowAndPads(operands, input);
  const out = new Float32Array(elements(shape));
  reduce(padded(input, withOverhang(pads, window)), window, shape, (at, value) => (out[at]! += value));
  const includes = { pad: attributes.boolean('count_include_pad', true), invalid: attributes.boolean('count_include_invalid', true) };
  const [width, height] = [0, 1].map((axis) => {
    const [before, after] = axis === 0 ? [pads.left, pads.right] : [pads.top, pads.bottom];
    const { kernel, stride } = window;
    return (place: number) => counted(place * stride[axis]!, kernel[axis]!, input.shape[2 - axis]!, before, after, includes);
  }) as [(x: number) => number, (y: number) => number];
  eachPixel(shape, (_, y, x, at) => {
    const factor = 1 / height(y) / width(x);
    for (let c = 0; c < shape[3]!; c++) out[at + c] = out[at + c]! * factor;
  });
  return out;
};

function counted(
  start: number,
  kernel: number,
  size: number,
  before: number,
  after: number,
  includes: { pad: boolean; invalid: boolean },
): number {
  if (includes.pad) return includes.invalid ? kernel : Math.min(kernel, size + before + after - start);
  if (start < before) return kernel - (before - start);
  return start + kernel > size + before ? size + before - start : kernel;
}

function reduce(
  { shape: size, data }: Values,
  { kernel, stride }: Window,
  shape: readonly number[],
  take: (at: number, value: number) => void,
): void {
  const channels = shape[3]!;
  eachPixel(shape, (n, y, x, at) => {
    for (let h = 0; h < kernel[1]; h++)
      for (let w = 0; w < kernel[0]; w++) {
        const from = ((n * size[1]! + y * stride[1] + h) * size[2]! + x * stride[0] + w) * channels;
        for (let c = 0; c < channels; c++) take(at + c, data[from + c]!);
      }
  });
}
