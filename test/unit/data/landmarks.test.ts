import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { framedBoxes } from '../../../src/engine/data/augment/frame.ts';
import type { Frame } from '../../../src/engine/data/augment/augmentation.ts';
import { orientBox } from '../../../src/engine/data/formats/orient.ts';
import { faceLandmarks, mirroredOrder } from '../../../src/engine/data/landmarks.ts';
import { readBoxesJson, readRetinaFace } from '../../../src/engine/data/list/boxes.ts';
import type { Box } from '../../../src/engine/data/types.ts';

const whole: Frame = {
  region: { left: 0, top: 0, width: 20, height: 10 },
  size: { width: 20, height: 10 },
  window: { left: 0, top: 0, width: 20, height: 10 },
  fill: 0,
  mirror: { x: false, y: false },
};
const face: Box = { x: 2, y: 1, width: 8, height: 8, label: 0, landmarks: [[4, 3], [8, 3], [6, 5], [5, 7], [7, 7]] }; // prettier-ignore

describe('in a mirrored picture', () => {
  it.each<[readonly string[] | undefined, number, readonly number[] | undefined]>([
    [undefined, 5, [1, 0, 2, 4, 3]],
    [undefined, 4, undefined],
    [faceLandmarks, 5, [1, 0, 2, 4, 3]],
    [['nose', 'Left_Eye', 'right_eye'], 3, [0, 2, 1]],
    [['l_eye', 'nose', 'r_eye'], 3, [2, 1, 0]],
    [['eye.r', 'eye.l'], 2, [1, 0]],
    [['tail', 'nose', 'left ear'], 3, [0, 1, 2]],
    [['a', 'b'], 3, undefined],
  ])('points named %j of %i change places: %j', (names, count, order) => {
    expect(mirroredOrder(names, count)).toEqual(order);
  });

  it('the left eye is on the left again', () => {
    const [box] = framedBoxes([face], { ...whole, mirror: { x: true, y: false } });
    expect(box).toMatchObject({ x: 10, landmarks: [[12, 3], [16, 3], [14, 5], [13, 7], [15, 7]] }); // prettier-ignore
  });

  it('turned round it is not', () => {
    const [box] = framedBoxes([face], { ...whole, mirror: { x: true, y: true } });
    expect(box!.landmarks![0]).toEqual([16, 7]);
  });

  it('points that nobody named are given up', () => {
    const four = { ...face, landmarks: face.landmarks!.slice(0, 4) };
    expect(framedBoxes([four], { ...whole, mirror: { x: true, y: false } })[0]!.landmarks).toEqual([null, null, null, null]);
    expect(framedBoxes([four], whole)[0]!.landmarks).toEqual(four.landmarks);
  });
});

it('points outside of the part that is seen are not seen, the others lie where the resize puts them', () => {
  const frame = { ...whole, region: { left: 5, top: 0, width: 10, height: 10 }, size: { width: 20, height: 30 }, window: { left: 0, top: 3, width: 20, height: 20 } }; // prettier-ignore
  expect(framedBoxes([face], frame)[0]!.landmarks).toEqual([null, [6, 6], [2, 12], [0, 18], [4, 18]]);
});

it('mirrored twice is as it was', () => {
  const point = fc.tuple(fc.double({ min: 0, max: 20, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true }));
  fc.assert(
    fc.property(fc.array(fc.option(point), { minLength: 5, maxLength: 5 }), fc.boolean(), (landmarks, across) => {
      const mirrored: Frame = { ...whole, mirror: { x: across, y: !across } };
      const twice = framedBoxes(framedBoxes([{ ...face, landmarks }], mirrored), mirrored)[0]!.landmarks!;
      twice.forEach((found, i) => {
        const wanted = landmarks[i];
        if (!wanted) expect(found).toBeNull();
        else expect(found).toEqual([expect.closeTo(wanted[0], 9), expect.closeTo(wanted[1], 9)]);
      });
    }),
  );
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])('with orientation %i points go where the box goes', (orientation) => {
  const corner = (box: Box): number[] => [box.x, box.y, box.x + box.width, box.y + box.height];
  const marked: Box = { ...face, landmarks: [[2, 1], [10, 9]] }; // prettier-ignore
  const turned = orientBox(marked, orientation, { width: 20, height: 10 });
  const [[a, b], [c, d]] = turned.landmarks as [[number, number], [number, number]];
  expect([Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]).toEqual(corner(turned));
});

describe('files', () => {
  const json = (image: object, more: object = {}): string =>
    JSON.stringify({ images: [{ file: 'a.png', boxes_xywh: [[1, 2, 3, 4], [5, 6, 7, 8]], ...image }], ...more }); // prettier-ignore

  it('of boxes have points for each box, or none', () => {
    const landmarks = [[[1, 2], [3, 4, 0], null], null]; // prettier-ignore
    const { rows, landmarkNames } = readBoxesJson(json({ landmarks }, { landmark_names: ['left', 'right', 'nose'] }), 'b.json');
    expect(landmarkNames).toEqual(['left', 'right', 'nose']);
    expect(rows[0]!.boxes!.map((box) => box.landmarks)).toEqual([[[1, 2], null, null], undefined]);
    expect(readBoxesJson(json({}), 'b.json').rows[0]!.boxes![0]).toEqual({ x: 1, y: 2, width: 3, height: 4, label: 0 });
  });

  it.each<[object, object, RegExp]>([
    [{ landmarks: 3 }, {}, /"landmarks" is no list/],
    [{ landmarks: [null, null, null] }, {}, /"landmarks" is no list/],
    [{ landmarks: [[[1, 'x']]] }, {}, /box 0 has a landmark 0 that is not/],
    [{ landmarks: [[[1, 2]], [[1, 2], [3, 4]]] }, {}, /box 1 has 2 landmarks, others have 1/], // prettier-ignore
    [{ landmarks: [[[1, 2]]] }, { landmark_names: ['a', 'b'] }, /has 1 landmarks, others have 2/],
    [{}, { landmark_names: 'eyes' }, /"landmark_names" is no list/],
  ])('with %j %j are refused', (image, more, message) => {
    expect(() => readBoxesJson(json(image, more), 'b.json')).toThrow(message);
  });

  it('of RetinaFace have five, left out where they are not marked', () => {
    const points = '10 11 0.0 12 13 0.0 14 15 1.0 -1 -1 -1 18 19 0.0';
    const { rows } = readRetinaFace(`# a.jpg\n1 2 30 40 ${points} 0.8\n5 6 7 8 ${'-1 -1 -1 '.repeat(5)}0.1\n9 9 9 9\n`, 'label.txt');
    expect(rows[0]!.boxes!.map(({ landmarks }) => landmarks)).toEqual([[[10, 11], [12, 13], [14, 15], null, [18, 19]], undefined, undefined]); // prettier-ignore
  });
});
