import { describe, expect, it } from 'vitest';
import { ssim as ssimOfBytes } from '../../../src/engine/evaluate/ssim.ts';
import { agreement } from '../../../src/engine/train/losses/agreement.ts';
import { attention } from '../../../src/engine/train/losses/attention.ts';
import { charbonnier } from '../../../src/engine/train/losses/charbonnier.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { distillation } from '../../../src/engine/train/losses/distillation.ts';
import { hints } from '../../../src/engine/train/losses/hints.ts';
import { l1 } from '../../../src/engine/train/losses/l1.ts';
import type { Loss } from '../../../src/engine/train/losses/loss.ts';
import { mse } from '../../../src/engine/train/losses/mse.ts';
import { ssim } from '../../../src/engine/train/losses/ssim.ts';
import { elements, freeModel, normal, runLoss, type Values } from '../../support/loss-run.ts';
import type { BuildNode } from '../../support/model-builder.ts';

type Numbers = ArrayLike<number>;
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
const square = (value: number): number => value * value;
const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
const list = (values: Numbers): number[] => Array.from(values);

/** Rows of logits as probabilities, softened. */
function softmax(logits: Numbers, classes: number, temperature = 1): number[] {
  const all: number[] = [];
  for (let row = 0; row < logits.length; row += classes) {
    const powers = list(logits).slice(row, row + classes).map((value) => Math.exp(value / temperature)); // prettier-ignore
    all.push(...powers.map((power) => power / sum(powers)));
  }
  return all;
}

const divergence = (p: readonly number[], q: readonly number[]): number =>
  sum(p.map((value, i) => (value === 0 ? 0 : value * Math.log(value / q[i]!))));

interface Case {
  readonly name: string;
  readonly loss: Loss;
  /** Values that can move, the network on them, and its outputs. */
  readonly free: Values;
  readonly nodes?: readonly BuildNode[];
  readonly outputs: Values;
  readonly brings: Values;
  /** The loss in plain arithmetic: free values, what the batch brings, the loss's own weights. */
  readonly plain: (free: Record<string, Numbers>, brings: Record<string, Numbers>, own: Record<string, Numbers>) => number;
}

const labels = (data: Float32Array): Float32Array => Float32Array.from(softmax(data, 5));
const logits: Pick<Case, 'free' | 'outputs' | 'nodes'> = { free: { y: [4, 5] }, outputs: { y: [4, 5] } };
const ended = (op: string): Pick<Case, 'free' | 'outputs' | 'nodes'> => ({ ...logits, nodes: [[op, ['y'], ['p'], { axis: 1 }]], outputs: { p: [4, 5] } }); // prettier-ignore
const crossEntropyPlain: Case['plain'] = ({ y }, { labels: wanted }) => -sum(softmax(y!, 5).map((p, i) => wanted![i]! * Math.log(p))) / 4;
const picture = { free: { y: [2, 3, 14, 13] }, outputs: { y: [2, 3, 14, 13] }, brings: { target: [2, 3, 14, 13] } } satisfies Partial<Case>;
const size = 2 * 3 * 14 * 13;
const meanBy = (each: (difference: number) => number): Case['plain'] => ({ y }, { target }) => sum(list(y!).map((value, i) => each(value - target![i]!))) / size; // prettier-ignore
const relative = (y: Numbers, t: Numbers, weight: (i: number) => number = () => 1): number =>
  sum(list(y).map((value, i) => weight(i) * square(value - t[i]!))) / sum(list(t).map((value, i) => weight(i) * square(value)));
const scores = (z: Numbers, t: Numbers): number => {
  const terms = list(t).map((value, i) => divergence([sigmoid(value), 1 - sigmoid(value)], [sigmoid(z[i]!), 1 - sigmoid(z[i]!)]));
  return sum(terms) / (sum(list(t).map(sigmoid)) + terms.length * 1e-4);
};

const cases: Case[] = [
  { name: 'cross-entropy', ...logits, loss: crossEntropy(), brings: { labels: [4, 5] }, plain: crossEntropyPlain },
  { name: 'cross-entropy before Softmax', ...ended('Softmax'), loss: crossEntropy(), brings: { labels: [4, 5] }, plain: crossEntropyPlain },
  {
    name: 'cross-entropy before LogSoftmax',
    ...ended('LogSoftmax'),
    loss: crossEntropy(),
    brings: { labels: [4, 5] },
    plain: crossEntropyPlain,
  },
  {
    name: 'cross-entropy of a map of one place, smoothed and weighted',
    loss: crossEntropy({ smoothing: 0.1, classWeights: [1, 2, 3, 4, 0.5] }),
    free: { y: [4, 5, 1, 1] },
    outputs: { y: [4, 5, 1, 1] },
    brings: { labels: [4, 5] },
    plain: ({ y }, { labels: wanted }) => {
      const weights = [1, 2, 3, 4, 0.5];
      const terms = softmax(y!, 5).map((p, i) => weights[i % 5]! * (0.9 * wanted![i]! + 0.1 / 5) * Math.log(p));
      return -sum(terms) / sum(list(wanted!).map((share, i) => share * weights[i % 5]!));
    },
  },
  {
    name: 'distillation',
    ...ended('Softmax'),
    loss: distillation({ temperature: 3, answer: 'z' }),
    brings: { 'teacher/z': [4, 5, 1, 1] },
    plain: ({ y }, { 'teacher/z': z }) => (9 * divergence(softmax(z!, 5, 3), softmax(y!, 5, 3))) / 4,
  },
  { name: 'mse', ...picture, loss: mse, plain: meanBy(square) },
  { name: 'l1', ...picture, loss: l1, plain: meanBy(Math.abs) },
  { name: 'charbonnier', ...picture, loss: charbonnier({ epsilon: 0.2 }), plain: meanBy((difference) => Math.hypot(difference, 0.2)) },
  { name: 'ssim', ...picture, loss: ssim(), plain: ({ y }, { target }) => 1 - plainSsim(y!, target!, 6, 14, 13) },
  {
    name: 'ssim in other units, channels last',
    loss: ssim({ input: { scale: 2 / 255, mean: [1, 2, 3], std: [1, 2, 4], layout: 'nhwc' } }),
    free: { y: [2, 12, 11, 3] },
    outputs: { y: [2, 12, 11, 3] },
    brings: { target: [2, 12, 11, 3] },
    plain: ({ y }, { target }) => {
      const planes = (values: Numbers): number[] =>
        Array.from({ length: 6 * 132 }, (_, i) => {
          const [c, place] = [Math.floor(i / 132) % 3, i % 132];
          return (values[Math.floor(i / 396) * 396 + place * 3 + c]! * [1, 2, 4][c]! + [1, 2, 3][c]!) / 2;
        });
      return 1 - plainSsim(planes(y!), planes(target!), 6, 12, 11);
    },
  },
  {
    name: 'agreement of a classifier',
    ...ended('Softmax'),
    loss: agreement({ meaning: 'unknown', answers: ['z'] }),
    brings: { 'teacher/z': [4, 5] },
    plain: ({ y }, { 'teacher/z': z }) => divergence(softmax(z!, 5), softmax(y!, 5)) / 4,
  },
  {
    name: 'agreement of values',
    ...picture,
    loss: agreement({ meaning: 'unknown', answers: ['t'] }),
    brings: { 'teacher/t': [2, 3, 14, 13] },
    plain: ({ y }, { 'teacher/t': t }) => relative(y!, t!),
  },
  {
    name: 'agreement of a detector: class, objectness and box maps of the same cells',
    loss: agreement({ meaning: 'unknown', answers: ['c', 'o', 'b'] }),
    free: { cls: [2, 6, 2], obj: [2, 6, 1], box: [2, 6, 4] },
    nodes: [['Sigmoid', ['cls'], ['pc']], ['Sigmoid', ['obj'], ['po']]], // prettier-ignore
    outputs: { pc: [2, 6, 2], po: [2, 6, 1], box: [2, 6, 4] },
    brings: { 'teacher/c': [2, 6, 2], 'teacher/o': [2, 6, 1], 'teacher/b': [2, 6, 4] },
    plain: ({ cls, obj, box }, { 'teacher/c': c, 'teacher/o': o, 'teacher/b': b }) => {
      const best = (cell: number): number => Math.max(sigmoid(c![2 * cell]!), sigmoid(c![2 * cell + 1]!));
      const weight = (i: number): number => best(Math.floor(i / 4)) * sigmoid(o![Math.floor(i / 4)]!) + 0.01;
      return (scores(cls!, c!) + scores(obj!, o!) + relative(box!, b!, weight)) / 3;
    },
  },
  {
    name: 'agreement of a detector whose boxes and scores are one output',
    loss: agreement({ meaning: 'unknown', answers: ['t'] }),
    free: { box: [2, 4, 6], cls: [2, 3, 6] },
    nodes: [['Sigmoid', ['cls'], ['p']], ['Concat', ['box', 'p'], ['all'], { axis: 1 }]], // prettier-ignore
    outputs: { all: [2, 7, 6] },
    brings: { 'teacher/t': [2, 7, 6] },
    plain: ({ box, cls }, { 'teacher/t': t }) => {
      const fields = (from: number, to: number): number[] =>
        list(t!).filter((_, i) => Math.floor(i / 6) % 7 >= from && Math.floor(i / 6) % 7 < to);
      const [boxes, probabilities] = [fields(0, 4), fields(4, 7)];
      const odds = probabilities.map((p) => Math.log(p / (1 - p)));
      const weight = (i: number): number => {
        const [image, cell] = [Math.floor(i / 24), i % 6];
        return Math.max(...[0, 1, 2].map((c) => probabilities[image * 18 + c * 6 + cell]!)) + 0.01;
      };
      return (relative(box!, boxes, weight) + scores(cls!, odds)) / 2;
    },
  },
  {
    name: 'hints, the teacher twice as wide and twice as large',
    loss: hints({ pairs: [{ student: 'f', teacher: 'g' }] }),
    free: { f: [2, 3, 4, 4] },
    outputs: { f: [2, 3, 4, 4] },
    brings: { 'teacher/g': [2, 6, 8, 8] },
    plain: ({ f }, { 'teacher/g': g }, own) => {
      const adapter = own['f/adapter']!;
      const [wanted, found] = [[] as number[], [] as number[]];
      for (let n = 0; n < 2; n++)
        for (let c = 0; c < 6; c++)
          for (let place = 0; place < 16; place++) {
            const corner = (n * 6 + c) * 64 + Math.floor(place / 4) * 16 + (place % 4) * 2;
            wanted.push((g![corner]! + g![corner + 1]! + g![corner + 8]! + g![corner + 9]!) / 4);
            found.push(sum([0, 1, 2].map((k) => adapter[c * 3 + k]! * f![(n * 3 + k) * 16 + place]!)));
          }
      return relative(found, wanted);
    },
  },
  {
    name: 'attention transfer',
    loss: attention({ pairs: [{ student: 'f', teacher: 'g' }, { student: 'f', teacher: 'h' }] }), // prettier-ignore
    free: { f: [2, 3, 2, 3] },
    outputs: { f: [2, 3, 2, 3] },
    brings: { 'teacher/g': [2, 5, 2, 3], 'teacher/h': [2, 2, 2, 3] },
    plain: ({ f }, { 'teacher/g': g, 'teacher/h': h }) => {
      const map = (values: Numbers, channels: number, n: number): number[] => {
        const places = [0, 1, 2, 3, 4, 5].map((place) =>
          sum(Array.from({ length: channels }, (_, c) => square(values[(n * channels + c) * 6 + place]!))),
        );
        return places.map((value) => value / Math.hypot(...places));
      };
      const apart = (n: number, other: Numbers, channels: number): number =>
        sum(map(f!, 3, n).map((value, i) => square(value - map(other, channels, n)[i]!)));
      return sum([0, 1].map((n) => (apart(n, g!, 5) + apart(n, h!, 2)) / 4));
    },
  },
];

/** Wang et al. 2004, window by window: mean over all planes. */
function plainSsim(a: Numbers, b: Numbers, planes: number, height: number, width: number): number {
  const gauss = (i: number): number => Math.exp(-square(i - 5) / 4.5);
  const norm = square(sum(Array.from({ length: 11 }, (_, i) => gauss(i))));
  let [total, count] = [0, 0];
  for (let plane = 0; plane < planes; plane++)
    for (let y = 0; y + 11 <= height; y++)
      for (let x = 0; x + 11 <= width; x++) {
        const mean = (each: (place: number) => number): number =>
          sum(Array.from({ length: 121 }, (_, i) => (gauss(i % 11) * gauss(Math.floor(i / 11)) * each(plane * height * width + (y + Math.floor(i / 11)) * width + x + (i % 11))) / norm)); // prettier-ignore
        const [ma, mb] = [mean((i) => a[i]!), mean((i) => b[i]!)];
        const variances = mean((i) => square(a[i]! - ma)) + mean((i) => square(b[i]! - mb));
        const covariance = mean((i) => (a[i]! - ma) * (b[i]! - mb));
        total += ((2 * ma * mb + 1e-4) * (2 * covariance + 9e-4)) / ((ma * ma + mb * mb + 1e-4) * (variances + 9e-4));
        count++;
      }
  return total / count;
}

/** Numbers for what a batch brings: labels are shares; a detector's single output has probabilities. */
function bring(name: string, dims: readonly number[]): Float32Array {
  const data = normal(dims, `brought ${name}`);
  if (name === 'labels') return labels(data);
  return name === 'teacher/t' && dims.length === 3 ? data.map(sigmoid) : data;
}

describe('losses in plain arithmetic, and their gradients by central differences of it', () => {
  for (const { name, loss, free, nodes = [], outputs, brings, plain } of cases) {
    it(name, async () => {
      const given = Object.fromEntries(Object.entries(brings).map(([key, dims]) => [key, { dims, data: bring(key, dims) }]));
      const found = await runLoss(freeModel(free, nodes, outputs), free, loss, given);
      const numbers = Object.fromEntries(Object.entries(given).map(([key, { data }]) => [key, data]));
      const values: Record<string, number[]> = Object.fromEntries(Object.entries(found.own).map(([key, own]) => [key, list(own)]));
      const at = (): number => plain(values, numbers, values);
      const wanted = at();
      expect(Math.abs(found.value - wanted)).toBeLessThan(1e-5 * (1 + Math.abs(wanted)));
      for (const [key, gradient] of Object.entries(found.gradients)) {
        const scale = Math.max(...gradient.map(Math.abs));
        const stride = Math.ceil(gradient.length / 24);
        for (let i = 0; i < gradient.length; i += stride) {
          const [own, h] = [values[key]!, 1e-4];
          const [before] = [own[i]!];
          own[i] = before + h;
          const above = at();
          own[i] = before - h;
          const slope = (above - at()) / (2 * h);
          own[i] = before;
          expect(Math.abs(gradient[i]! - slope), `${key} ${i}: ${gradient[i]} for ${slope}`).toBeLessThan(2e-3 * scale + 1e-7);
        }
      }
    });
  }

  it('ssim is that of the metric', async () => {
    const [height, width] = [24, 20];
    const dims = [1, 1, height, width];
    const model = freeModel({ y: dims }, [], { y: dims });
    const byte = (values: Float32Array): Uint8Array =>
      Uint8Array.from(values, (value) => Math.min(255, Math.max(0, Math.round(128 + 40 * value))));
    const [a, b] = [byte(normal(dims, 'y')), byte(normal(dims, 'other').map((value, i) => 0.5 * value + 0.8 * normal(dims, 'y')[i]!))];
    const weights = model.graph.initializers.get('y/weight')!.typed() as Float32Array;
    weights.set(Float32Array.from(a, (value) => value / 255));
    const { value } = await runLoss(model, { y: dims }, ssim(), { target: { dims, data: Float32Array.from(b, (v) => v / 255) } });
    expect(1 - value).toBeCloseTo(ssimOfBytes(a, b, width, height), 5);
    expect(elements(dims)).toBe(a.length);
  });
});

describe('what no loss can be made of', () => {
  const build = (dims: readonly number[], loss: Loss, brings: Values) =>
    runLoss(freeModel({ y: dims }, [], { y: dims }), { y: dims }, loss, Object.fromEntries(Object.entries(brings).map(([key, shape]) => [key, { dims: shape, data: normal(shape, key) }]))); // prettier-ignore

  it.each([
    ['classes of a map', () => build([2, 5, 3, 3], crossEntropy(), { labels: [2, 5] }), /output "y" of shape 2 × 5 × 3 × 3 holds no classes/],
    ['another number of classes', () => build([2, 5], distillation({ temperature: 1, answer: 'z' }), { 'teacher/z': [2, 7] }), /teacher knows 7 classes, the student 5/],
    ['other shapes', () => build([2, 5], agreement({ meaning: 'unknown', answers: ['z'] }), { 'teacher/z': [2, 7] }), /cannot be compared with the teacher's: it is 2 × 5 here, 2 × 7/],
    ['fewer outputs', () => build([2, 5], agreement({ meaning: 'unknown', answers: [] }), {}), /the teacher has no output/],
    ['no picture', () => build([2, 5], mse, { target: [2, 5] }), /is no picture/],
    ['features that are no maps', () => build([2, 5], hints({ pairs: [{ student: 'y', teacher: 'z' }] }), { 'teacher/z': [2, 5] }), /are no maps of features/],
    ['a value that is not there', () => build([2, 5], hints({ pairs: [{ student: 'q', teacher: 'z' }] }), { 'teacher/z': [2, 5] }), /no value "q"/],
  ])('%s', async (_, work, message) => {
    await expect(work()).rejects.toThrow(message);
  }); // prettier-ignore
});
