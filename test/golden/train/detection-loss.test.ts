import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import type { Box } from '../../../src/engine/data/types.ts';
import { fillDefaults } from '../../../src/engine/recipe/defaults.ts';
import { assigners } from '../../../src/engine/train/losses/detection/assign/index.ts';
import { detection } from '../../../src/engine/train/losses/detection/detection.ts';
import { pointLosses } from '../../../src/engine/train/losses/detection/landmarks/index.ts';
import { boxLosses } from '../../../src/engine/train/losses/detection/overlaps/index.ts';
import { scoreLosses } from '../../../src/engine/train/losses/detection/scores/index.ts';
import { detectionParameters, type DetectionSettings } from '../../../src/engine/train/losses/detection/settings.ts';
import { elements, freeModel, normal, runLoss, type Values } from '../../support/loss-run.ts';
import type { BuildNode } from '../../support/model-builder.ts';
import { assignPlainly, lossPlainly, touches, type Place } from '../../support/plain-detection.ts';

const [width, height, pictures] = [64, 48, 2];
const strides = [8, 16];
const landmarks = 2;
const cells = strides.flatMap((stride) =>
  Array.from({ length: (width / stride) * (height / stride) }, (_, i) => ({
    stride,
    column: i % (width / stride),
    row: Math.floor(i / (width / stride)),
  })),
);

/** Two overlapping boxes, two equal ones, a tiny one, a large one, one whose middle is outside, one without an area; the second picture has one. */
const face = (x: number, y: number, w: number, h: number, label = 0, points: Box['landmarks'] = undefined): Box =>
  ({ x, y, width: w, height: h, label, ...(points ? { landmarks: points } : {}) }); // prettier-ignore
const boxes: readonly (readonly Box[])[] = [
  [
    face(5, 6, 14, 17, 0, [[8, 10], [15, 12]]),
    face(9, 8, 15, 12, 1, [[11, 12], null]),
    face(36, 20, 12, 12, 1),
    face(36, 20, 12, 12, 1),
    face(52.2, 5.1, 1.5, 1.2),
    face(2, 3, 60, 42, 0, [null, null]),
    face(58, 40, 20, 20, 1),
    face(30, 30, 0, 10),
  ],
  [face(20, 10, 22, 26, 1, [[25, 20], [35.5, 21]])],
]; // prettier-ignore
const placed = boxes.flatMap((of, picture) => of.filter((box) => box.width > 0).map((box) => ({ box, picture })));

interface HeadCase {
  readonly free: Values;
  readonly nodes: readonly BuildNode[];
  readonly outputs: Values;
  /** Centres of what the free values are. */
  readonly begin: Readonly<Record<string, (i: number) => number>>;
  places(values: Readonly<Record<string, ArrayLike<number>>>): Place[];
}

const counts = strides.map((stride) => (width / stride) * (height / stride));
const places = cells.length;

/** Edges from the middle and the size. */
const around = (x: number, y: number, w: number, h: number): Place['edges'] => [x - w / 2, y - h / 2, x + w / 2, y + h / 2];

const yunet: HeadCase = {
  free: Object.fromEntries(
    strides.flatMap((stride, i) => [['cls', 2], ['obj', 1], ['bbox', 4], ['kps', 2 * landmarks]].map(([kind, fields]) => [`${kind}_${stride}${kind === 'cls' || kind === 'obj' ? '.odds' : ''}`, [pictures, counts[i]!, Number(fields)]])),
  ),
  nodes: strides.flatMap((stride): BuildNode[] => ['cls', 'obj'].map((kind): BuildNode => ['Sigmoid', [`${kind}_${stride}.odds`], [`${kind}_${stride}`]])),
  outputs: Object.fromEntries(strides.flatMap((stride, i) => [['cls', 2], ['obj', 1], ['bbox', 4], ['kps', 2 * landmarks]].map(([kind, fields]) => [`${kind}_${stride}`, [pictures, counts[i]!, Number(fields)]]))),
  begin: { bbox: (i) => (i % 4 < 2 ? 0.5 : 0.4), kps: () => 0.5 },
  places: (values) =>
    Array.from({ length: pictures }, (_, picture) =>
      strides.flatMap((stride, level) =>
        Array.from({ length: counts[level]! }, (__, i): Place => {
          const take = (kind: string, fields: number): number[] =>
            Array.from({ length: fields }, (___, f) => values[`${kind}_${stride}`]![(picture * counts[level]! + i) * fields + f]!);
          const [column, row] = [i % (width / stride), Math.floor(i / (width / stride))];
          const [x, y, w, h] = take('bbox', 4) as [number, number, number, number];
          const kps = take('kps', 2 * landmarks);
          return {
            picture,
            column,
            row,
            stride,
            edges: around((column + x) * stride, (row + y) * stride, Math.exp(w) * stride, Math.exp(h) * stride),
            object: values[`obj_${stride}.odds`]![picture * counts[level]! + i]!,
            classes: [0, 1].map((f) => values[`cls_${stride}.odds`]![(picture * counts[level]! + i) * 2 + f]!),
            points: Array.from({ length: landmarks }, (___, p) => [kps[2 * p]!, kps[2 * p + 1]!] as const),
          };
        }),
      ),
    ).flat(),
}; // prettier-ignore

/** Middles and sizes in pixels, near the cells. */
const table = (perCell: number, at: (place: number, field: number) => number) => (i: number): number => {
  const [place, field] = [at(i, 0), at(i, 1)];
  const { stride, column, row } = cells[place % places]!;
  return field === 0 ? (column + 0.5) * stride : field === 1 ? (row + 0.5) * stride : field < 4 ? 1.6 * stride : perCell * 0;
}; // prettier-ignore

const placesOf = (read: (picture: number, place: number) => { fields: number[]; object?: number; classes: number[] }): Place[] =>
  Array.from({ length: pictures }, (_, picture) =>
    cells.map(({ column, row, stride }, place): Place => {
      const { fields, ...rest } = read(picture, place);
      return { picture, column, row, stride, edges: around(...(fields as [number, number, number, number])), points: [], ...rest };
    }),
  ).flat();

const yolov8: HeadCase = {
  free: { box: [pictures, 4, places], odds: [pictures, 2, places] },
  nodes: [
    ['Sigmoid', ['odds'], ['scores']],
    ['Concat', ['box', 'scores'], ['y'], { axis: 1 }],
  ],
  outputs: { y: [pictures, 6, places] },
  begin: { box: table(1, (i, what) => (what === 0 ? i % places : Math.floor(i / places) % 4)) },
  places: ({ box, odds }) =>
    placesOf((picture, place) => ({
      fields: [0, 1, 2, 3].map((f) => box![(picture * 4 + f) * places + place]!),
      classes: [0, 1].map((f) => odds![(picture * 2 + f) * places + place]!),
    })),
};

/** The score leaves the graph as a probability: its odds are computed back. */
const yolov5: HeadCase = {
  free: { box: [pictures, places, 4], odds: [pictures, places, 3] },
  nodes: [
    ['Sigmoid', ['odds'], ['scores']],
    ['Concat', ['box', 'scores'], ['y'], { axis: 2 }],
  ],
  outputs: { y: [pictures, places, 7] },
  begin: { box: table(1, (i, what) => (what === 0 ? Math.floor(i / 4) % places : i % 4)) },
  places: ({ box, odds }) =>
    placesOf((picture, place) => ({
      fields: [0, 1, 2, 3].map((f) => box![(picture * places + place) * 4 + f]!),
      object: odds![(picture * places + place) * 3]!,
      classes: [1, 2].map((f) => odds![(picture * places + place) * 3 + f]!),
    })),
};

const headCases = { yunet, yolov8, yolov5 };
const settingsOf = (own: Partial<DetectionSettings>): DetectionSettings => fillDefaults(detectionParameters, own) as DetectionSettings;

/** Free values around where answers usually are. */
function begun({ free, begin }: HeadCase, name: string): Float32Array {
  const dims = free[name]!;
  const centre = Object.entries(begin).find(([kind]) => name.startsWith(kind))?.[1] ?? (() => 0);
  const spread = name === 'box' ? 3 : 0.7;
  return normal(dims, name, spread).map((value, i) => value + centre(i));
}

/** The third: what boxes of the two classes count. */
const cases: readonly (readonly [keyof typeof headCases, Partial<DetectionSettings>, (readonly number[])?])[] = [
  ...(['yunet', 'yolov8', 'yolov5'] as const).flatMap((kind) => assigners.map(({ name }) => [kind, { assign: name }] as const)),
  ...boxLosses.flatMap(({ name }) => (['yunet', 'yolov8'] as const).map((kind) => [kind, { box: name, assign: 'centre' }] as const)),
  ...scoreLosses.flatMap(({ name }) => (['yunet', 'yolov8'] as const).map((kind) => [kind, { score: name }] as const)),
  ...pointLosses.map(({ name }) => ['yunet', { landmark: name, 'landmark-weight': 3 }] as const),
  ['yunet', { radius: 1.2, places: 3 }],
  ['yolov8', { radius: 4, places: 4, assign: 'task-aligned' }],
  ['yunet', { 'ignore-below': 13 }],
  ['yolov8', { 'ignore-below': 13, score: 'quality-focal' }],
  ['yunet', {}, [0.5, 3]],
  ['yolov8', { 'ignore-below': 2 }, [2, 0.25]],
];

describe.each(cases.map(([kind, own, weights]) => ({ kind, own, weights })))('$kind $own $weights', ({ kind, own, weights }) => {
  const head = headCases[kind];
  const given = settingsOf(own);
  /** What it is where nothing is said. */
  const settings = { ...given, assign: given.assign ?? (kind === 'yolov8' ? 'task-aligned' : 'sim-ota') };

  it('is the sum over what brute force assigns, and so are its slopes', async () => {
    const values = Object.fromEntries(Object.keys(head.free).map((name) => [name, begun(head, name)]));
    const model = freeModel(head.free, head.nodes, head.outputs, [3, height, width]);
    for (const [name, data] of Object.entries(values)) (model.graph.initializers.get(`${name}/weight`)!.typed() as Float32Array).set(data); // prettier-ignore
    const wiring = {
      decode: kind,
      rows: 11,
      classes: 2,
      landmarks: kind === 'yunet' ? landmarks : 0,
      layout: 'nchw',
      ...(weights ? { classWeights: weights } : {}),
    } as const;
    const found = await runLoss(model, head.free, detection(given, wiring), {}, boxes);

    const isSmall = ({ box }: (typeof placed)[0]): boolean => Math.min(box.width, box.height) < settings['ignore-below'];
    const [small, wanted] = [placed.filter(isSmall), placed.filter((one) => !isSmall(one))];
    const options = { settings, weights: weights ?? [1, 1], counted: (place: Place) => !touches(place, small) };
    const assigned = assignPlainly(wanted, head.places(values), settings);
    expect(assigned.pairs.length).toBeGreaterThan(5);
    const plain = (changed: Readonly<Record<string, ArrayLike<number>>>): number =>
      lossPlainly(wanted, head.places(changed), assigned, options);
    expect(found.value).toBeCloseTo(plain(values), 3);
    checkSlopes(head.free, values, plain, found.gradients, assigned.pairs.length);
  });
});

/** Central differences at places drawn by chance, and where a gradient is largest. */
function checkSlopes(
  free: Values,
  values: Readonly<Record<string, Float32Array>>,
  plain: (values: Readonly<Record<string, ArrayLike<number>>>) => number,
  gradients: Readonly<Record<string, Float32Array>>,
  seed: number,
): void {
  const random = seededRandom(seed, 'slopes');
  for (const [name, dims] of Object.entries(free)) {
    const found = gradients[name]!;
    const largest = [...found.keys()].sort((a, b) => Math.abs(found[b]!) - Math.abs(found[a]!)).slice(0, 6);
    for (const at of [...largest, ...Array.from({ length: 4 }, () => random.integer(elements(dims)))]) {
      const moved = (by: number): number => {
        const data = Float64Array.from(values[name]!);
        data[at]! += by;
        return plain({ ...values, [name]: data });
      };
      const slope = (moved(1e-4) - moved(-1e-4)) / 2e-4;
      expect(Math.abs(found[at]! - slope), `${name}[${at}]: ${found[at]} by the graph, ${slope} by differences`).toBeLessThan(
        2e-3 * Math.max(0.05, Math.abs(slope)),
      );
    }
  }
}
