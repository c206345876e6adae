import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decode, encode } from 'fast-png';
import { expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { openDataset } from '../../../src/engine/data/dataset.ts';
import { writePng } from '../../../src/engine/data/formats/write-png.ts';
import type { InputSettings } from '../../../src/engine/data/types.ts';
import { evaluateModel } from '../../../src/engine/evaluate/evaluate.ts';
import { canvasOf, drawBox } from '../../../src/engine/evaluate/pictures/draw.ts';
import type { Runner } from '../../../src/engine/evaluate/sessions.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { put, temporaryFolder } from '../data/files.ts';
import { model, save } from './models.ts';

const [green, red, yellow] = [[40, 200, 80], [235, 60, 50], [250, 200, 20]]; // prettier-ignore
const side = 32;

it('a PNG holds the picture, gray or in colours', () => {
  for (const channels of [1, 3] as const) {
    const data = Uint8Array.from({ length: 5 * 7 * channels }, (_, i) => (i * 37) & 255);
    const found = decode(writePng({ width: 5, height: 7, channels, data }));
    expect([found.width, found.height, found.channels, found.depth]).toEqual([5, 7, channels, 8]);
    expect([...found.data]).toEqual([...data]);
  }
});

it('a box that reaches outside is drawn as far as it lies inside', () => {
  const canvas = canvasOf({ width: 4, height: 4, channels: 1, data: new Uint8Array(16) });
  drawBox(canvas, { x: -2, y: 1, width: 4, height: 30, label: 0, landmarks: [[3, 3], null, [90, -90]] }, [1, 2, 3]);
  const drawn = Array.from({ length: 16 }, (_, i) => (canvas.data[i * 3] ? '#' : '.')).join('').match(/.{4}/g); // prettier-ignore
  expect(drawn).toEqual(['....', '##..', '.###', '.###']);
});

/** Boxes of a fixed answer, [x, y, width, height, score], as YOLOv5 has them. */
function detector(boxes: readonly (readonly number[])[]): Runner {
  const rows = Array.from({ length: 8 }, (_, i) => boxes[i] ?? [0, 0, 1, 1, 0]);
  const data = Float32Array.from(
    rows.flatMap(([x, y, width, height, score]) => [x! + width! / 2, y! + height! / 2, width!, height!, score!, 1]),
  );
  return {
    outputs: () => Promise.resolve({ out: { type: DataType.float32, dims: [1, 8, 6], data } }),
    dispose: () => Promise.resolve(),
  };
}

it('an evaluation writes what is fed, what passes between models and what is found, the same bytes each time', async () => {
  const folder = temporaryFolder();
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => [60, 90, 30][i % 3]!);
  for (const file of ['a/b c.png', 'a/b_c.png']) put(folder, file, encode({ width: side, height: side, channels: 3, depth: 8, data }));
  const boxes_xywh = [[2, 2, 10, 10], [20, 20, 8, 8]]; // prettier-ignore
  put(folder, 'boxes.json', JSON.stringify({ images: ['a/b c.png', 'a/b_c.png'].map((file) => ({ file, boxes_xywh })) }));
  const twice = model(
    [
      ['Mul', ['image', 'two'], ['lift:bright']],
      ['GlobalAveragePool', ['lift:bright'], ['small']],
    ],
    { input: ['image', ['N', 3, side, side]], output: ['small', ['N', 3, 1, 1]] },
    { two: Tensor.float32([], [2]) },
  );
  const file = save(folder, 'twice.onnx', twice);
  const input: InputSettings = { color: 'bgr', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1], layout: 'nchw' };
  const modelInput = { name: 'image', type: DataType.float32, shape: ['N', 3, side, side] } as const;
  const source = { path: '.', labels: 'boxes.json', decode: { kind: 'yolov5' }, degrade: [{ darken: { scale: 0.5 } }] } as const;
  const dataset = await openDataset(
    { source: { ...source, degrade: [...source.degrade] }, folder, input, modelInput, seed: 0 },
    plainContext(),
  );
  const runtime = await createOrtRuntime();
  const write = async (name: string): Promise<Map<string, Buffer>> => {
    const request = { folder: path.join(folder, name), values: [{ name: 'lift.bright', value: 'lift:bright' }, { name: 'no', value: 'gone' }], most: 2 }; // prettier-ignore
    const answers = detector([[2, 3, 10, 9, 0.9], [14, 2, 8, 8, 0.8], [25, 5, 4, 4, 0.2]]); // prettier-ignore
    const evaluated = await evaluateModel(
      { model: file, task: 'detection', dataset, decode: source.decode, answers, pictures: request },
      { runtime, context: plainContext() },
    );
    expect(evaluated).toMatchObject({ pictures: 8, boxes: { found: 2, false: 2, total: 4 } });
    return new Map(readdirSync(request.folder).sort().map((one) => [one, readFileSync(path.join(request.folder, one))])); // prettier-ignore
  };
  const files = await write('one');
  expect([...files.keys()]).toEqual(['a_b_c', 'a_b_c-2'].flatMap((name) => ['boxes', 'input', 'lift.bright', 'target'].map((kind) => `${name}.${kind}.png`)).sort()); // prettier-ignore
  expect(await write('two')).toEqual(files);
  const at = (name: string, x: number, y: number): number[] => [...decode(files.get(name)!).data.subarray((y * side + x) * 3, (y * side + x) * 3 + 3)]; // prettier-ignore
  expect(at('a_b_c.target.png', 5, 5)).toEqual([60, 90, 30]);
  expect(at('a_b_c.input.png', 5, 5)).toEqual([30, 45, 15]);
  expect(at('a_b_c.lift.bright.png', 5, 5)).toEqual([60, 90, 30]);
  // On the brightened picture: found, false, missed; nothing where the score is too low.
  expect(at('a_b_c.boxes.png', 2, 3)).toEqual(green);
  expect(at('a_b_c.boxes.png', 14, 2)).toEqual(red);
  expect(at('a_b_c.boxes.png', 20, 20)).toEqual(yellow);
  expect(at('a_b_c.boxes.png', 25, 5)).toEqual([60, 90, 30]);
});
