import { expect, it } from 'vitest';
import type { LoadedSample } from '../../../src/engine/data/types.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { BoxLosses } from '../../../src/engine/pipeline/training/box-losses.ts';
import { fillDefaults } from '../../../src/engine/recipe/defaults.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { detection } from '../../../src/engine/train/losses/detection/detection.ts';
import { detectionParameters, type DetectionSettings } from '../../../src/engine/train/losses/detection/settings.ts';

const settings = fillDefaults(detectionParameters, {}) as DetectionSettings;
const loss = detection(settings, { decode: 'yunet', rows: 2, classes: 1, landmarks: 0, layout: 'nchw' });
const tensor = (dims: readonly number[], value: (i: number) => number) => ({
  type: DataType.float32,
  dims,
  data: Float32Array.from({ length: dims.reduce((product, size) => product * size, 1) }, (_, i) => value(i)),
});

/** A picture of 16 × 16, shown at half its size, with one box in the middle of the second cell of two by two. */
const sample = (side: number): LoadedSample => ({
  index: 0,
  id: 'a',
  input: tensor([3, side, side], () => 0),
  boxes: [{ x: 2 * 8, y: 0, width: 2 * 8, height: 2 * 8, label: 0 }],
  geometry: { scaleX: 0.5, scaleY: 0.5, offsetX: 0, offsetY: 0 },
});

/** A detector that is sure of one cell; beside it another output of a chain. */
const outputs = (side: number, sure: number) => {
  const cells = (side / 8) ** 2;
  return {
    restored: tensor([1, 3, side, side], () => 1),
    cls_8: tensor([1, cells, 1], (i) => (i === sure ? 0.99 : 0.01)),
    obj_8: tensor([1, cells, 1], (i) => (i === sure ? 0.99 : 0.01)),
    bbox_8: tensor([1, cells, 4], (i) => (i % 4 < 2 ? 0.5 : 0)),
  };
};

it('what finds the box loses little, what finds another one much; pictures may have other sizes', async () => {
  const losses = new BoxLosses(loss, await createOrtRuntime());
  try {
    const right = await losses.of(sample(16), outputs(16, 1));
    // Four cells that say 0.01 where 0 is right or 0.99 where 1 is: 4 · 0.01 for objects, 0.01 for the class, nothing for the box.
    expect(right).toBeCloseTo(5 * -Math.log(0.99), 3);
    expect(await losses.of(sample(16), outputs(16, 2))).toBeGreaterThan(5);
    expect(await losses.of(sample(24), outputs(24, 1))).toBeCloseTo(10 * -Math.log(0.99), 3);
    expect(await losses.of(sample(16), outputs(16, 1))).toBe(right);
  } finally {
    await losses.dispose();
  }
});
