import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { exportTrained } from '../../../src/engine/qat/export.ts';
import { shareAt } from '../../../src/engine/qat/methods/inq.ts';
import { magnitudes, nearestPower } from '../../../src/engine/qat/methods/powers-of-two.ts';
import type { OpenQat } from '../../../src/engine/qat/open.ts';
import { simulate } from '../../../src/engine/targets/zcu104/simulate.ts';
import { flatten, unflatten } from '../../../src/engine/train/parameters.ts';
import type { Place } from '../../../src/engine/train/task.ts';
import { invertedNetwork, residualNetwork } from '../../support/trained-networks.ts';
import { answers, distance, forward, open } from './support.ts';

const last: Place = { step: 10, stepsPerEpoch: 10, epochs: 1 };

/** Parameters moved about and held at each of these places in turn. */
function moved({ training, constraint }: OpenQat, places: readonly Place[], shift = 0.3): Model {
  const model = cloneModel(training.model);
  const flat = flatten(model.graph, training.parameters);
  const random = seededRandom(3, 'moves');
  const held = constraint(training.parameters);
  for (const place of places) {
    held.apply(flat, place);
    for (const { offset, size, name } of training.parameters) {
      if (training.kinds.get(name) === 'scale') continue;
      const part = flat.subarray(offset, offset + size);
      const spread = shift * Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / size);
      for (let i = 0; i < size; i++) part[i]! += spread * random.normal();
    }
    held.apply(flat, place);
  }
  unflatten(model.graph, training.parameters, flat);
  return model;
}

const at = (step: number): Place => ({ ...last, step });

/** Codes of every layer, as exported. */
function codesOf(work: OpenQat, trained: Model): Map<string, Int32Array> {
  const values = (name: string): Float32Array => trained.graph.initializers.get(name)!.typed() as Float32Array;
  return new Map([...work.training.layers.values()].map(({ layer, rounding }) => [layer.name, rounding.codes(values).codes]));
}

describe('a network while it is trained in few values', () => {
  it.each([
    ['binary', { weights: 'binary' }],
    ['binary, plain', { weights: 'binary', method: 'plain' }],
    ['ternary', { weights: 'ternary' }],
    ['ternary, pact', { weights: 'ternary', method: 'pact' }],
    ['incremental, powers of two', { weights: 5, method: 'inq' }],
    ['incremental, powers of two, packed in four bits', { weights: 4, method: 'inq', storage: 'packed' }],
    ['incremental, integers', { weights: 5, method: 'inq', grid: 'integers' }],
    ['power-of-two scales', { weights: 5, scales: 'power-of-two' }],
  ])('is written as it computes, to the bit: %s', async (_, settings) => {
    for (const build of [() => residualNetwork(1, [8, 12], 'Relu'), () => invertedNetwork(2, [8, 8])]) {
      const work = await open(build(), { ...settings, round: 'nearest', 'batch-normalization': 'frozen' });
      const trained = moved(work, [at(0), at(5), at(10)]);
      const computed = await answers(forward(trained, 16), 16);
      const written = await answers(encodeModel(exportTrained(work.plan, work.training, trained).model), 16);
      expect(computed.some((value) => value !== 0)).toBe(true);
      expect(distance(computed, written)).toBe(0);
      expect(distance(computed, await answers(forward(work.training.model, 16), 16))).toBeGreaterThan(1e-4);
    }
  });

  it('binary weights have no zeros, and follow the signs of what is trained', async () => {
    const work = await open(residualNetwork(1, [8, 12], 'Relu'), { weights: 'binary', round: 'nearest', 'batch-normalization': 'frozen' });
    const [before, after] = [codesOf(work, work.training.model), codesOf(work, moved(work, [at(1)], 2))];
    for (const [name, codes] of after) {
      expect(new Set(codes)).toEqual(new Set([-1, 1]));
      expect(codes.some((code, i) => code !== before.get(name)![i])).toBe(true);
    }
  });

  it('power-of-two scales stay where they are', async () => {
    const work = await open(residualNetwork(1, [8, 12], 'Relu'), { scales: 'power-of-two', 'batch-normalization': 'frozen' });
    expect([...work.training.kinds.values()]).not.toContain('scale');
  });
});

describe('for the board', () => {
  it.each(['lsq', 'pact', 'plain'])('what is trained computes what the board does, bit for bit: %s', async (method) => {
    const work = await open(residualNetwork(1, [8, 12], 'Relu'), { method, round: 'nearest', 'batch-normalization': 'frozen' }, 'zcu104');
    for (const trained of [work.training.model, moved(work, [at(1)], 0.1)]) {
      const computed = await answers(forward(trained, 16), 16);
      const { model } = exportTrained(work.plan, work.training, trained);
      expect(distance(computed, await answers(encodeModel(simulate(model).model), 16))).toBe(0);
    }
  });
});

describe('incremental quantization', () => {
  it('rounds the largest weights first, in four parts, and none of them moves again', async () => {
    const work = await open(residualNetwork(1, [8, 12], 'Relu'), { weights: 5, method: 'inq', 'batch-normalization': 'frozen' });
    const layer = [...work.training.layers.values()][1]!.layer.name;
    const half = codesOf(work, moved(work, [at(0)], 0)).get(layer)!;
    const all = codesOf(work, moved(work, [at(0), at(2), at(10)])).get(layer)!;
    // What stood still after the first part has the same code in the end; most of the others moved.
    const order = [...half.keys()].sort((a, b) => Math.abs(half[b]!) - Math.abs(half[a]!));
    const kept = order.slice(0, half.length / 4);
    expect(kept.every((i) => half[i] === all[i])).toBe(true);
    expect(half.some((code, i) => code !== all[i])).toBe(true);
    for (const code of all) expect([0, 1, 2, 4, 8, 16, 32, 64]).toContain(Math.abs(code));
  });

  it('fixes 50, 75, 87.5 and 100 per cent', () => {
    expect([0, 2, 2.5, 4.9, 5, 7.4, 7.5, 10].map((step) => shareAt(at(step)))).toEqual([0.5, 0.5, 0.75, 0.75, 0.875, 0.875, 1, 1]);
  });

  it('takes the nearest power of two', () => {
    const codes = [0, 1, 2, 4, 8, 16, 32, 64].flatMap((code) => [code, -code]);
    for (let value = -80; value <= 80; value += 0.37) {
      const distances = codes.map((code) => Math.abs(code - value));
      expect(Math.abs(nearestPower(value, 64) - value)).toBeCloseTo(Math.min(...distances), 12);
    }
    expect([2, 3, 4, 5, 8].map((bits) => magnitudes(bits, 127))).toEqual([1, 2, 4, 7, 7]);
    expect(magnitudes(4, 7)).toBe(3);
  });
});
