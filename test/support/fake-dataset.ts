import { seededRandom } from '../../src/engine/base/random.ts';
import type { Dataset, LoadedSample } from '../../src/engine/data/types.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';

/** Samples of standard normal noise, each from its own seed; `edit` may change one before it is handed out. */
export function noiseDataset(count: number, dims: readonly number[], edit?: (data: Float32Array, index: number) => void): Dataset {
  const samples = Array.from({ length: count }, (_, index) => ({ index, id: `noise-${index}` }));
  return {
    path: 'noise',
    samples,
    fingerprint: `noise ${count} ${dims.join('x')}`,
    async *stream({ signal, from = 0, to = count }) {
      for (const info of samples.slice(from, to)) {
        signal.throwIfAborted();
        const random = seededRandom(info.index, 'noise');
        const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal());
        edit?.(data, info.index);
        const sample: LoadedSample = {
          ...info,
          input: { type: DataType.float32, dims, data },
          geometry: { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
        };
        yield sample;
      }
    },
  };
}
