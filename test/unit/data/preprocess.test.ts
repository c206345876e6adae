import { expect, it } from 'vitest';
import { planFit } from '../../../src/engine/data/fit.ts';
import { toFloat16 } from '../../../src/engine/data/normalize.ts';
import { preprocess } from '../../../src/engine/data/preprocess.ts';
import type { InputSettings, Picture } from '../../../src/engine/data/types.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { float16ToNumber } from '../../../src/engine/onnx/tensor.ts';

const plain: InputSettings = { color: 'rgb', scale: 1, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' };
const two: Picture = { width: 2, height: 1, channels: 3, data: Uint8Array.of(10, 20, 30, 40, 50, 60) };
const any = { width: null, height: null };
const values = (picture: Picture, settings: Partial<InputSettings>, type: DataType = DataType.float32): number[] =>
  Array.from(preprocess(picture, { ...plain, ...settings }, type, any).input.data as Float32Array);

it('lays out channels first or last, in the order of color', () => {
  expect(values(two, {})).toEqual([10, 40, 20, 50, 30, 60]);
  expect(values(two, { color: 'bgr' })).toEqual([30, 60, 20, 50, 10, 40]);
  expect(values(two, { layout: 'nhwc' })).toEqual([10, 20, 30, 40, 50, 60]);
  expect(values(two, { layout: 'nhwc', color: 'bgr' })).toEqual([30, 20, 10, 60, 50, 40]);
});

it('applies scale, then mean, then std, per channel', () => {
  const scaled = values(two, { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
  expect(scaled[0]).toBeCloseTo((10 / 255 - 0.485) / 0.229, 6);
  expect(scaled[3]).toBeCloseTo((50 / 255 - 0.456) / 0.224, 6);
  expect(scaled[5]).toBeCloseTo((60 / 255 - 0.406) / 0.225, 6);
});

it('gives uint8 inputs the samples as they are', () => {
  const { input } = preprocess(two, plain, DataType.uint8, any);
  expect(input.data).toEqual(Uint8Array.of(10, 40, 20, 50, 30, 60));
});

it('repeats gray for colour models and makes gray of colour', () => {
  const gray: Picture = { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) };
  expect(values(gray, {})).toEqual([7, 7, 7]);
  expect(values(two, { color: 'gray', mean: [0], std: [1] })).toEqual([18, 48]);
});

it('rounds to the nearest float16, ties to even', () => {
  for (const x of [
    0,
    -0,
    1,
    -2.5,
    65504,
    65519,
    65520,
    1e9,
    -1e9,
    2 ** -14,
    2 ** -24,
    2 ** -25,
    2 ** -26,
    1.0009765625,
    1.00048828125,
    1.00146484375,
    3e-5,
    0.1,
  ]) {
    const found = float16ToNumber(toFloat16(x));
    // The two neighbours bracket x, so no float16 may be nearer.
    for (const step of [-1, 1]) {
      const other = float16ToNumber(toFloat16(x) + step);
      if (Number.isFinite(other) && Number.isFinite(found)) expect(Math.abs(found - x)).toBeLessThanOrEqual(Math.abs(other - x));
    }
  }
  expect(toFloat16(65520)).toBe(0x7c00);
  expect(toFloat16(65519)).toBe(0x7bff);
  expect(toFloat16(2 ** -25)).toBe(0);
  expect(toFloat16(2 ** -24)).toBe(1);
  expect(toFloat16(1.00048828125)).toBe(0x3c00);
  expect(toFloat16(1.00146484375)).toBe(0x3c02);
  expect(toFloat16(NaN) & 0x7c00).toBe(0x7c00);
});

const resize = { mode: 'bilinear', antialias: true, align: 'center', value: 0 } as const;

it.each([
  // torchvision: Resize(256) of 500 x 375 is 341 x 256, CenterCrop(224) begins at (58, 16); of 375 x 500 at (16, 58).
  { size: [500, 375], fit: 'shorter', to: [256, 256], crop: [224, 224], want: { width: 341, height: 256, left: 58, top: 16 } },
  { size: [375, 500], fit: 'shorter', to: [256, 256], crop: [224, 224], want: { width: 256, height: 341, left: 16, top: 58 } },
  { size: [500, 375], fit: 'longer', to: [320, 320], crop: undefined, want: { width: 320, height: 240, left: 0, top: 0 } },
  { size: [500, 375], fit: 'pad', to: [320, 320], crop: undefined, want: { width: 320, height: 240, left: 0, top: -40 } },
  { size: [500, 375], fit: 'stretch', to: [10, 20], crop: undefined, want: { width: 20, height: 10, left: 0, top: 0 } },
  { size: [256, 256], fit: undefined, to: [0, 0], crop: [224, 224], want: { width: 256, height: 256, left: 16, top: 16 } },
] as const)('$fit of $size to $to, crop $crop', ({ size, fit, to, crop, want }) => {
  const plan = planFit(size[0], size[1], { resize: fit && { ...resize, fit, size: to }, crop });
  expect({ width: plan.width, height: plan.height, left: plan.window.left, top: plan.window.top }).toEqual(want);
});

it('pads with the value and tells where picture pixels went', () => {
  const settings: InputSettings = { ...plain, resize: { ...resize, size: [4, 4], fit: 'pad', value: 114 } };
  const { input, geometry } = preprocess(two, settings, DataType.float32, { width: 4, height: 4 });
  expect(input.dims).toEqual([3, 4, 4]);
  expect(geometry).toEqual({ scaleX: 2, scaleY: 2, offsetX: 0, offsetY: 1 });
  const red = Array.from(input.data as Float32Array).slice(0, 16);
  expect(red.slice(0, 4)).toEqual([114, 114, 114, 114]);
  expect(red.slice(4, 8)).not.toContain(114);
  const corner: InputSettings = { ...settings, resize: { ...resize, size: [4, 4], fit: 'pad', align: 'top-left' } };
  expect(preprocess(two, corner, DataType.float32, any).geometry.offsetY).toBe(0);
});

it.each([
  ['no resize', {}, /2 x 1 .*no resize, but the model takes 4 x 4/],
  ['a crop of the wrong size', { resize: { ...resize, size: [8, 8], fit: 'stretch' }, crop: [5, 5] }, /becomes 5 x 5/],
  ['a crop larger than the picture', { crop: [4, 4] }, /smaller than the crop/],
] as [string, Partial<InputSettings>, RegExp][])('refuses %s', (_, settings, message) => {
  expect(() => preprocess(two, { ...plain, ...settings }, DataType.float32, { width: 4, height: 4 })).toThrow(message);
});
