import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { convolutionPairs, matrixPairs, pairLimit, saturatingDot } from '../../../src/engine/quantize/saturation.ts';
import { roundHalfEven } from '../../../src/engine/quantize/scheme.ts';
import kernels from './avx2-kernels.json' with { type: 'json' };

// Recorded from ONNX Runtime's kernels on AVX2 without VNNI by test/bench/avx2/record-kernels.ts.
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
const pairsOf = (layer: (typeof kernels.layers)[number]): Uint32Array =>
  layer.op === 'Conv' ? convolutionPairs(layer.channels, product(layer.kernel)) : matrixPairs(layer.channels);
const title = (layer: (typeof kernels.layers)[number]): string =>
  `${layer.op} ${layer.channels} [${layer.kernel.join()}] group ${layer.group}`;

/** Raw codes under the kernel for one output: rows of a matrix, or a window moved along the last axis. */
function window(layer: (typeof kernels.layers)[number], codes: Uint8Array, place: number, group: number): Uint8Array {
  if (layer.op === 'MatMul') return Uint8Array.from({ length: layer.channels }, (_, k) => codes[(place * layer.channels + k) % 64]!);
  const sizes = layer.kernel.map((size) => size + 4);
  const positions = product(layer.kernel);
  return Uint8Array.from({ length: layer.channels * positions }, (_, k) => {
    let index = group * layer.channels + Math.floor(k / positions);
    let rest = k % positions;
    const coordinates = layer.kernel.map(() => 0);
    for (let axis = layer.kernel.length - 1; axis >= 0; axis--) {
      coordinates[axis] = rest % layer.kernel[axis]!;
      rest = Math.floor(rest / layer.kernel[axis]!);
    }
    coordinates[coordinates.length - 1]! += place;
    coordinates.forEach((at, axis) => (index = index * sizes[axis]! + at));
    return codes[index % 64]!;
  });
}

describe('saturation of pairs', () => {
  it.each(kernels.layers.map((layer) => [title(layer), layer] as const))('%s: pairs are those of the kernels', (_, layer) => {
    const pairs = pairsOf(layer);
    const found = Array.from({ length: pairs.length / 2 }, (_, i) => [pairs[2 * i]!, pairs[2 * i + 1]!].sort((a, b) => a - b).join());
    expect(found.sort()).toEqual([...layer.pairs].sort());
  });

  it.each(kernels.layers.map((layer) => [title(layer), layer] as const))('%s: sums are those of the kernels', (_, layer) => {
    const depth = layer.channels * product(layer.kernel);
    const { op, channels, kernel, group } = layer;
    const random = seededRandom(kernels.seed, JSON.stringify({ op, channels, kernel, group }));
    const rows = Array.from({ length: 6 }, () => Int8Array.from({ length: depth }, () => random.integer(255) - 127));
    const codes = Uint8Array.from({ length: 64 }, () => 128 + random.integer(128));
    const zeroPoint = 100;
    const expected: number[] = [];
    let exact = 0;
    for (let row = 0; row < rows.length * group; row++) {
      const weights = rows[row % rows.length]!;
      for (let place = 0; place < 4; place++) {
        const under = window(layer, codes, place, Math.floor(row / rows.length));
        const share = zeroPoint * weights.reduce((a, b) => a + b, 0);
        const sum = saturatingDot(under, weights, pairsOf(layer)) - share;
        if (sum === under.reduce((total, code, k) => total + code * weights[k]!, -share)) exact++;
        expected.push(Math.max(-128, Math.min(127, roundHalfEven(sum / 400))));
      }
    }
    expect(layer.sums).toEqual(expected);
    expect(exact).toBeLessThan(expected.length);
  });

  it('is impossible up to the limit and possible beyond', () => {
    const pairs = matrixPairs(2);
    const full = Uint8Array.of(255, 255);
    for (let first = 1; first <= 127; first++) {
      const second = pairLimit - first;
      expect(saturatingDot(full, [first, second], pairs)).toBe(255 * pairLimit);
      expect(saturatingDot(full, [-first, -second], pairs)).toBe(-255 * pairLimit);
    }
    expect(saturatingDot(full, [127, 2], pairs)).toBe(32767);
    expect(saturatingDot(full, [127, -127], pairs)).toBe(0);
  });
});
