import type { OpAttributes } from '../read-attributes.ts';
import { elements, type Values } from './operator.ts';

/** Of a window that moves over rows and columns; pairs are width, height in the file. */
export interface Window {
  readonly kernel: readonly [width: number, height: number];
  readonly stride: readonly [width: number, height: number];
  readonly dilation: readonly [width: number, height: number];
}

export interface Pads {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const pair = ([width = 1, height = 1]: readonly number[]): [number, number] => [width, height];

export const windowOf = (attributes: OpAttributes): Window => ({
  kernel: pair(attributes.integers('kernel')),
  stride: pair(attributes.integers('stride')),
  dilation: pair(attributes.integers('dilation', [1, 1])),
});

/** Pads as the attributes say; SAME adds what the result's size needs, an odd column at the right and an odd row at the bottom. */
export function padsOf(
  attributes: OpAttributes,
  { kernel, stride, dilation }: Window,
  input: readonly number[],
  output: readonly number[],
): Pads {
  const [left = 0, right = 0, top = 0, bottom = 0] = attributes.integers('pad', [0, 0, 0, 0]);
  if (attributes.text('pad_mode') !== 'SAME') return { left, right, top, bottom };
  const missing = (axis: 0 | 1, size: number, result: number): number =>
    (result - 1) * stride[axis] + Math.max((kernel[axis] - 1) * dilation[axis] + 1, stride[axis]) - size;
  const [before, after] = parted(missing(0, input[2]! + left + right, output[2]!));
  const [above, below] = parted(missing(1, input[1]! + top + bottom, output[1]!));
  return { left: left + before, right: right + after, top: top + above, bottom: bottom + below };
}

const parted = (missing: number): [number, number] => (missing >= 0 ? [Math.floor(missing / 2), Math.ceil(missing / 2)] : [0, missing]);

/** NHWC with rows and columns of `value` around it; negative pads add nothing. */
export function padded({ shape, data }: Values, pads: Pads, value = 0): Values {
  const [left, right, top, bottom] = [pads.left, pads.right, pads.top, pads.bottom].map((pad) => Math.max(0, pad)) as [
    number,
    number,
    number,
    number,
  ];
  if (left + right + top + bottom === 0) return { shape, data };
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  const result = [batch, height + top + bottom, width + left + right, channels];
  const out = new Float32Array(elements(result)).fill(value);
  for (let n = 0; n < batch; n++)
    for (let y = 0; y < height; y++) {
      const from = (n * height + y) * width * channels;
      out.set(data.subarray(from, from + width * channels), ((n * result[1]! + y + top) * result[2]! + left) * channels);
    }
  return { shape: result, data: out };
}
