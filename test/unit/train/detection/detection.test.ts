import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decoders } from '../../../../src/engine/evaluate/decode/index.ts';
import { cloneModel } from '../../../../src/engine/onnx/clone.ts';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { fillDefaults } from '../../../../src/engine/recipe/defaults.ts';
import { addLosses } from '../../../../src/engine/train/losses/add-losses.ts';
import type { BoxWiring } from '../../../../src/engine/train/losses/declaration.ts';
import { assigners } from '../../../../src/engine/train/losses/detection/assign/index.ts';
import { detection, detectionLoss } from '../../../../src/engine/train/losses/detection/detection.ts';
import { heads } from '../../../../src/engine/train/losses/detection/heads/index.ts';
import { pointLosses } from '../../../../src/engine/train/losses/detection/landmarks/index.ts';
import { boxLosses } from '../../../../src/engine/train/losses/detection/overlaps/index.ts';
import { scoreLosses } from '../../../../src/engine/train/losses/detection/scores/index.ts';
import { detectionParameters, type DetectionSettings } from '../../../../src/engine/train/losses/detection/settings.ts';
import { rebatch } from '../../../../src/engine/train/rebatch.ts';
import { buildModel } from '../../../support/model-builder.ts';
import { smallDetector } from '../../../support/small-detector.ts';

const folder = path.join(import.meta.dirname, '../../../../src/engine/train/losses/detection');

describe('every file of a folder is in its list', () => {
  it.each([
    ['assign', assigners, ['assigner', 'one-box']],
    ['overlaps', boxLosses, ['overlap']],
    ['scores', scoreLosses, ['score-loss']],
    ['landmarks', pointLosses, ['point-loss']],
    ['heads', Object.keys(heads).map((name) => ({ name })), ['head', 'log-odds', 'rows']],
  ])('%s', (room, list, besides) => {
    const files = readdirSync(path.join(folder, room)).map((file) => path.basename(file, '.ts'));
    const own = files.filter((file) => file !== 'index' && !besides.includes(file));
    expect(list.map(({ name }) => name).sort()).toEqual(own.sort());
  });

  it('and what evaluation can decode can be trained', () => expect(Object.keys(heads).sort()).toEqual(Object.keys(decoders).sort()));
});

const settings = fillDefaults(detectionParameters, {}) as DetectionSettings;
const wiring: BoxWiring = { decode: 'yunet', rows: 4, classes: 1, landmarks: 0, layout: 'nchw' };

function built(model: Model, own: Partial<BoxWiring>): void {
  const copy = cloneModel(model);
  rebatch(copy, 2);
  addLosses(copy, { parameters: [], losses: [{ loss: detection(settings, { ...wiring, ...own }), weight: 1 }] });
}

/** A network whose outputs are its input, in other shapes. */
const shaped = (outputs: Readonly<Record<string, readonly number[]>>, input: readonly number[] = [2, 3, 64, 64]): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: input }],
    outputs: Object.entries(outputs).map(([name, shape]) => ({ name, shape })),
    nodes: Object.entries(outputs).map(([name, shape]) => ['RandomNormal', [], [name], { shape: [...shape] }]),
    opset: 21,
  });

describe('outputs that are not those of the detector', () => {
  it.each<readonly [string, Model, Partial<BoxWiring>, string, RegExp]>([
    ['none of them', shaped({ y: [2, 10] }), {}, 'training.decode', /no outputs cls_8/],
    ['one is missing', shaped({ cls_8: [2, 64, 1], obj_8: [2, 64, 1] }), {}, 'training.decode', /no output bbox_8/],
    ['other cells', shaped({ cls_8: [2, 63, 1], obj_8: [2, 64, 1], bbox_8: [2, 64, 4] }), {}, 'training.decode', /cls_8 is \[2, 63, 1\], not \[batch, 64, fields\] as for a picture of 64 x 64/], // prettier-ignore
    ['other fields', shaped({ cls_8: [2, 64, 1], obj_8: [2, 64, 2], bbox_8: [2, 64, 4] }), {}, 'training.decode', /obj_8 is/],
    ['classes of two kinds', shaped({ cls_8: [2, 64, 1], obj_8: [2, 64, 1], bbox_8: [2, 64, 4], cls_16: [2, 16, 2], obj_16: [2, 16, 1], bbox_16: [2, 16, 4] }), {}, 'training.decode', /cls_\* differ/], // prettier-ignore
    ['two tables', shaped({ a: [2, 6, 80], b: [2, 6, 80] }), { decode: 'yolov8' }, 'training.decode', /2 outputs of three dimensions/],
    ['the other way round', shaped({ a: [2, 80, 6] }), { decode: 'yolov8' }, 'training.decode', /not \[batch, 4 \+ classes, places\]/],
    ['places of no grid', shaped({ a: [2, 6, 83] }), { decode: 'yolov8' }, 'training.decode', /83 places are those of no usual strides/],
    ['columns for rows', shaped({ a: [2, 6, 80] }), { decode: 'yolov5' }, 'training.decode', /not \[batch, places, 5 \+ classes\]/],
    ['no pictures', shaped({ cls_8: [2, 64, 1] }, [2, 64]), {}, 'training.decode', /no pictures of a known size/],
    ['too few classes', smallDetector({ kind: 'yolov8', classes: 2 }), { decode: 'yolov8', classes: 4 }, 'training.classes', /classes up to number 3, the detector knows 2/], // prettier-ignore
    ['other landmarks', smallDetector({ kind: 'yunet', classes: 1, landmarks: 5 }), { landmarks: 3 }, 'training.landmarks', /3 landmarks, the detector finds 5/], // prettier-ignore
  ])('%s', (_, model, own, code, message) => {
    let thrown: unknown;
    try {
      built(model, own);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it.each(['yunet', 'yolov5', 'yolov8'] as const)('%s fits its own', (decode) => {
    for (const landmarks of [0, 5]) expect(() => built(smallDetector({ kind: decode, classes: 3, landmarks }), { decode, classes: 3, landmarks })).not.toThrow(); // prettier-ignore
  });
});

it('says what is missing where nobody says how outputs become boxes', () => {
  expect(() => detectionLoss.make(settings, {})).toThrow(/not known how the outputs become boxes/);
});
