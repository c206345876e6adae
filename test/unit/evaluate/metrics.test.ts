import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Box, InputSettings, LoadedSample } from '../../../src/engine/data/types.ts';
import { metrics } from '../../../src/engine/evaluate/index.ts';
import { suppress, type Detection } from '../../../src/engine/evaluate/decode/boxes.ts';
import { yolov5, yolov8 } from '../../../src/engine/evaluate/decode/yolo.ts';
import { yunet } from '../../../src/engine/evaluate/decode/yunet.ts';
import type { Outputs } from '../../../src/engine/evaluate/metric.ts';
import { agreement } from '../../../src/engine/evaluate/metrics/agreement.ts';
import { ap50 } from '../../../src/engine/evaluate/metrics/ap50.ts';
import { psnr } from '../../../src/engine/evaluate/metrics/psnr.ts';
import { top1 } from '../../../src/engine/evaluate/metrics/top1.ts';
import { topClasses } from '../../../src/engine/evaluate/outputs.ts';
import { ssim } from '../../../src/engine/evaluate/ssim.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { RuntimeTensor } from '../../../src/engine/runtime/runtime.ts';

const tensor = (dims: readonly number[], data: readonly number[]): RuntimeTensor => ({
  type: DataType.float32,
  dims,
  data: Float32Array.from(data),
});
const sample = (more: Partial<LoadedSample>): LoadedSample => ({
  index: 0,
  id: 'a.png',
  input: tensor([3, 64, 64], []),
  geometry: { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
  ...more,
});
const scores = (...values: number[]): Outputs => ({ scores: tensor([1, values.length], values) });

it('every metric of the folder is in the list', () => {
  const files = readdirSync(path.resolve(import.meta.dirname, '../../../src/engine/evaluate/metrics'));
  expect(metrics.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
});

describe('top1', () => {
  it('ranks, equal scores by position, NaN never', () => {
    expect(topClasses([1, 5, 5, NaN, 7], 3)).toEqual([4, 1, 2]);
    expect(topClasses([NaN, NaN], 5)).toEqual([]);
    expect(top1.row(sample({ label: 2 }), scores(0, 9, 8, 1, 2, 3, 4), {}, undefined)).toEqual([1, 2]);
    expect(top1.row(sample({ label: 0 }), scores(0, 9, 8, 1, 2, 3, 4), {}, undefined)).toEqual([-1, 0]);
  });

  it('counts top-1, top-5 and classes', () => {
    const found = top1.summarize([[0, 0], [1, 0], [0, 1], [-1, 1]], { classes: ['cat', 'dog'] }); // prettier-ignore
    expect(found.value).toBe(50);
    expect(found.extra).toEqual({ top5: 75, perClass: [{ class: 'cat', value: 50, samples: 2 }, { class: 'dog', value: 50, samples: 2 }] }); // prettier-ignore
    expect(top1.difference([[0, 0], [0, 0]], [[1, 0], [0, 0]], {}).value).toBe(50); // prettier-ignore
  });

  it('refuses an output that holds no class scores', () => {
    expect(() => top1.row(sample({ label: 0 }), { y: tensor([1, 2, 2], [1, 2, 3, 4]) }, {}, undefined)).toThrow(/no list of class scores/);
  });
});

it('agreement', () => {
  expect(agreement.row(sample({}), scores(1, 2), {}, scores(5, 9))).toBe(1);
  expect(agreement.row(sample({}), scores(1, 2), {}, scores(5, 4))).toBe(0);
  expect(agreement.summarize([1, 1, 0, 1], {}).value).toBe(75);
});

describe('decoders', () => {
  it('YuNet: one cell of stride 8', () => {
    const cells = 8 * 8;
    const at = 3 * 8 + 5;
    const fill = (size: number, set: Record<number, number>): number[] => Array.from({ length: cells * size }, (_, i) => set[i] ?? 0);
    const outputs: Outputs = {
      cls_8: tensor([1, cells, 1], fill(1, { [at]: 0.81 })),
      obj_8: tensor([1, cells, 1], fill(1, { [at]: 1.4 })),
      bbox_8: tensor([1, cells, 4], fill(4, { [at * 4]: 0.5, [at * 4 + 1]: 0.25, [at * 4 + 2]: Math.log(2), [at * 4 + 3]: Math.log(3) })),
    };
    const [box, ...others] = yunet(outputs, { width: 64, height: 64 }, 0.5);
    expect(others).toEqual([]);
    const expected = { x: 44 - 8, y: 26 - 12, width: 16, height: 24, score: 0.9 };
    for (const [key, value] of Object.entries(expected)) expect(box![key as keyof typeof expected]).toBeCloseTo(value, 5);
    expect(box!.landmarks).toBeUndefined();
    const kps_8 = tensor([1, cells, 4], fill(4, { [at * 4]: 0.5, [at * 4 + 1]: -1, [at * 4 + 2]: 0, [at * 4 + 3]: 2 }));
    expect(yunet({ ...outputs, kps_8 }, { width: 64, height: 64 }, 0.5)[0]!.landmarks).toEqual([[44, 16], [40, 40]]); // prettier-ignore
    expect(() => yunet(outputs, { width: 32, height: 64 }, 0.5)).toThrow(/has 64 cells/);
    expect(() => yunet({ x: tensor([1], [1]) }, { width: 32, height: 64 }, 0.5)).toThrow(/no outputs cls_8/);
  });

  it('YOLOv5 and YOLOv8: the same box in either form', () => {
    const boxes = 12;
    const five = new Array<number>(boxes * 7).fill(0);
    five.splice(3 * 7, 7, 20, 30, 8, 4, 0.5, 0.2, 0.9);
    const eight = new Array<number>(boxes * 6).fill(0);
    [20, 30, 8, 4, 0.1, 0.45].forEach((value, field) => (eight[field * boxes + 3] = value));
    const fed = { width: 64, height: 64 };
    const expected = { x: 16, y: 28, width: 8, height: 4, label: 1 };
    const a = yolov5({ out: tensor([1, boxes, 7], five) }, fed, 0.4);
    const b = yolov8({ out: tensor([1, 6, boxes], eight) }, fed, 0.4);
    for (const found of [a, b]) {
      expect(found).toHaveLength(1);
      expect(found[0]).toMatchObject(expected);
      expect(found[0]!.score).toBeCloseTo(0.45, 6);
    }
    expect(() => yolov5({ out: tensor([1, 6, boxes], eight) }, fed, 0.4)).toThrow(/does not fit/);
    expect(() => yolov8({ out: tensor([1, boxes, 6], eight) }, fed, 0.4)).toThrow(/does not fit/);
  });

  it('suppression keeps the best of each cluster and class', () => {
    const box = (x: number, score: number, label = 0): Detection => ({ x, y: 0, width: 10, height: 10, label, score });
    const kept = suppress([box(0, 0.5), box(1, 0.9), box(2, 0.7, 1), box(30, 0.4), box(1, 0.9)], 0.45);
    expect(kept.map(({ x, score, label }) => [x, score, label])).toEqual([[1, 0.9, 0], [2, 0.7, 1], [30, 0.4, 0]]); // prettier-ignore
  });
});

describe('ap50', () => {
  const box = (x: number): Box => ({ x, y: 0, width: 10, height: 10, label: 0 });
  const setting = { decode: { kind: 'yolov8' as const, score: 0.6, nms: 0.45 }, match: { iou: 0.4 } };
  /** YOLOv8 output of boxes of 10 x 10 at (x, 0). */
  const detections = (...found: [x: number, score: number][]): Outputs => {
    const boxes = 8;
    const data = new Array<number>(5 * boxes).fill(0);
    found.forEach(([x, score], i) => [x + 5, 5, 10, 10, score].forEach((value, field) => (data[field * boxes + i] = value)));
    return { out: tensor([1, 5, boxes], data) };
  };

  it('follows the precision envelope, and counts found, false and total', () => {
    // By score: hit, miss, hit (below 0.6), of three boxes: area 1/3 * 1 + 1/3 * 2/3.
    const row = ap50.row(sample({ boxes: [box(0), box(20), box(40)] }), detections([0, 0.9], [100, 0.8], [20, 0.5]), setting, undefined);
    const { value, extra } = ap50.summarize([row], setting);
    expect(value).toBeCloseTo((100 * (1 + 2 / 3)) / 3, 6);
    expect(extra).toMatchObject({ found: 1, false: 1, total: 3 });
  });

  it('takes each labelled box once, and the right one', () => {
    // At IoU 0.4 both hit; at 0.5 the second, 4 pixels off (IoU 0.43), does not.
    const row = ap50.row(sample({ boxes: [box(0), box(12)] }), detections([0, 0.9], [16, 0.8]), setting, undefined);
    expect(ap50.summarize([row], setting)).toMatchObject({ value: 50, extra: { found: 2, false: 0, total: 2 } });
    const double = ap50.row(sample({ boxes: [box(0)] }), detections([0, 0.9], [6, 0.8]), setting, undefined);
    expect(ap50.summarize([double], setting).extra).toMatchObject({ found: 1, false: 1 });
  });

  it('maps boxes back to the picture', () => {
    const geometry = { scaleX: 0.5, scaleY: 0.5, offsetX: 10, offsetY: 0 };
    const row = ap50.row(
      sample({ boxes: [{ x: 20, y: 0, width: 20, height: 20, label: 0 }], geometry }),
      detections([20, 0.9]),
      setting,
      undefined,
    );
    expect(ap50.summarize([row], setting).extra).toMatchObject({ found: 1, false: 0 });
  });

  it('two models are compared picture by picture', () => {
    const rows = [0, 1, 2].map(() => ap50.row(sample({ boxes: [box(0)] }), detections([0, 0.9]), setting, undefined));
    const worse = rows.map((row, i) => (i === 0 ? { ...row, detections: [] } : row));
    expect(ap50.difference(rows, worse, setting).value).toBeCloseTo(100 / 3, 6);
  });
});

describe('psnr', () => {
  const input: InputSettings = { color: 'gray', scale: 1 / 255, mean: [0.5], std: [0.5], layout: 'nchw' };
  const flat = (grey: number): number[] => new Array<number>(144).fill((grey / 255 - 0.5) / 0.5);
  const picture = (grey: number): RuntimeTensor => tensor([1, 12, 12], flat(grey));

  it('is 20 log10(255 / d) for a constant difference d, whatever the normalisation', () => {
    const row = psnr.row(
      sample({ input: picture(90), target: picture(100) }),
      { y: tensor([1, 1, 12, 12], flat(105)) },
      { input },
      undefined,
    );
    expect(row[0]).toBeCloseTo(20 * Math.log10(255 / 5), 6);
    expect(row[2]).toBeCloseTo(20 * Math.log10(255 / 10), 6);
    const c1 = (0.01 * 255) ** 2;
    expect(row[1]).toBeCloseTo((2 * 105 * 100 + c1) / (105 ** 2 + 100 ** 2 + c1), 6);
  });

  it('clips, is infinite for equal pictures, and takes the other model for a target', () => {
    const white = { y: tensor([1, 1, 12, 12], flat(300)) };
    expect(psnr.row(sample({ input: picture(1) }), white, { input }, { y: tensor([1, 1, 12, 12], flat(255)) })[0]).toBe(Infinity);
    expect(psnr.difference([[Infinity, 1, 1]], [[Infinity, 1, 1]], { input }).value).toBe(0);
  });

  it('SSIM is 1 for equal planes and falls with noise', () => {
    const plane = Uint8Array.from({ length: 400 }, (_, i) => (i * 7) & 255);
    expect(ssim(plane, plane, 20, 20)).toBeCloseTo(1, 9);
    const noisy = plane.map((value, i) => value ^ (i & 15));
    expect(ssim(plane, noisy, 20, 20)).toBeLessThan(0.999);
  });
});
