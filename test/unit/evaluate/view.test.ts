import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeChain } from '../../../src/engine/chain/compose.ts';
import { chainMetadataKey } from '../../../src/engine/onnx/chain-metadata.ts';
import type { Link, SeamSettings } from '../../../src/engine/chain/link.ts';
import { preprocess } from '../../../src/engine/data/preprocess.ts';
import type { LoadedSample } from '../../../src/engine/data/types.ts';
import { detect } from '../../../src/engine/evaluate/decode/detect.ts';
import { backward, viewOf, viewSteps } from '../../../src/engine/evaluate/decode/view.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { buildModel } from '../../support/model-builder.ts';

type Dims = readonly (number | string)[];

const passing = (given: Dims, made: Dims = given, op = 'Identity'): Model =>
  buildModel({
    inputs: [{ name: 'image', shape: [...given] }],
    outputs: [{ name: 'same', shape: [...made] }],
    nodes: [[op, ['image'], ['same']]],
  });

const chainOf = (
  first: Model,
  seam: SeamSettings,
  layout: 'nchw' | 'nhwc' = 'nchw',
  second = passing(layout === 'nchw' ? ['N', 3, 'H', 'W'] : ['N', 'H', 'W', 3]),
): Model => {
  const links: Link[] = [
    { alias: 'a', model: first, seams: {}, color: 'rgb', layout },
    { alias: 'b', model: second, seams: { image: { from: { alias: 'a', value: 'same' }, ...seam } }, layout },
  ];
  return composeChain(links).model;
};

describe('what the last model of a chain sees', () => {
  const side = fc.integer({ min: 4, max: 40 });

  it('lies where pictures lie that are read with the same settings', () => {
    const fit = fc.constantFrom('none', 'stretch', 'shorter', 'longer', 'pad');
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fit,
        fc.boolean(),
        fc.constantFrom('center', 'top-left'),
        fc.constantFrom('nchw', 'nhwc'),
        (height, width, toHeight, toWidth, kind, cropped, align, layout) => {
          const seam = {
            ...(kind === 'none'
              ? {}
              : { resize: { size: [toHeight, toWidth], mode: 'bilinear', antialias: true, fit: kind, align, value: 0 } }),
            ...(cropped ? { crop: [4, 4] } : {}),
          } as SeamSettings;
          const picture = { width, height, channels: 3, data: new Uint8Array(width * height * 3) } as const;
          const settings = { ...seam, color: 'rgb', scale: 1, mean: [0], std: [1], layout: 'nchw' } as const;
          const read = (() => {
            try {
              return preprocess(picture, settings, DataType.float32, { width: null, height: null });
            } catch {
              return undefined;
            }
          })();
          fc.pre(read !== undefined);
          const whole = chainOf(
            passing(layout === 'nchw' ? ['N', 3, height, width] : ['N', height, width, 3]),
            { ...seam, color: 'rgb' },
            layout,
          );
          const view = viewOf({ width, height }, viewSteps(whole));
          const { scaleX, scaleY, offsetX, offsetY } = read!.geometry;
          expect([view.height, view.width]).toEqual(read!.input.dims.slice(1));
          const found = [view.scaleX, view.scaleY, view.offsetX, view.offsetY];
          [scaleX, scaleY, offsetX, offsetY].forEach((value, i) => expect(found[i]).toBeCloseTo(value, 9));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is larger behind a model that enlarges', () => {
    const larger = buildModel({
      inputs: [{ name: 'image', shape: [1, 12, 6, 5] }],
      outputs: [{ name: 'same', shape: [1, 3, 12, 10] }],
      nodes: [['DepthToSpace', ['image'], ['same'], { blocksize: 2 }]],
    });
    expect(viewSteps(chainOf(larger, { scale: 2 }))).toEqual([{ kind: 'scale', x: 2, y: 2 }]);
  });

  it('is what is fed where there is no chain, no change, or no description that can be read', () => {
    expect(viewSteps(passing([1, 3, 8, 8]))).toEqual([]);
    const whole = chainOf(passing([1, 3, 8, 8]), { scale: 255 });
    expect(viewSteps(whole)).toEqual([]);
    for (const text of [
      '',
      'null',
      '[]',
      '{"links":[{}]}',
      '{"links":[null,3]}',
      '{"links":[{"inputs":[],"outputs":[]},{"inputs":[],"outputs":[]}]}',
    ]) {
      whole.metadata.set(chainMetadataKey, text);
      expect(viewSteps(whole)).toEqual([]);
    }
  });
});

it('boxes of the last model come back to the picture that is fed', () => {
  const view = viewOf({ width: 20, height: 10 }, [{ kind: 'resize', width: 40, height: 20 }, { kind: 'pad', left: 0, top: 10, right: 0, bottom: 10 }]); // prettier-ignore
  expect(view).toEqual({ width: 40, height: 40, scaleX: 2, scaleY: 2, offsetX: 0, offsetY: 10 });
  expect(backward({ x: 4, y: 16, width: 8, height: 6, label: 0, landmarks: [[4, 16], null] }, view)).toEqual({ x: 2, y: 3, width: 4, height: 3, label: 0, landmarks: [[2, 3], null] }); // prettier-ignore
  const rows = Array.from({ length: 8 }, (_, i) => (i === 0 ? [8, 19, 8, 6, 1, 1] : [0, 0, 1, 1, 0, 1]));
  const out = { type: DataType.float32, dims: [1, 8, 6], data: Float32Array.from(rows.flat()) };
  const sample = { input: { type: DataType.float32, dims: [3, 10, 20], data: new Float32Array(600) } } as unknown as LoadedSample;
  const steps = [{ kind: 'resize', width: 40, height: 20 }, { kind: 'pad', left: 0, top: 10, right: 0, bottom: 10 }] as const; // prettier-ignore
  const [found] = detect(sample, { out }, { decode: { kind: 'yolov5' }, view: steps }, 0.5);
  expect(found).toMatchObject({ x: 2, y: 3, width: 4, height: 3 });
});
