import { throwIfCancelled } from '../../src/engine/base/errors.ts';
import { seededRandom, shuffle } from '../../src/engine/base/random.ts';
import type { BatchSource } from '../../src/engine/data/batches.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import { fillDefaults } from '../../src/engine/recipe/defaults.ts';
import { trainStep, type TrainSettings } from '../../src/engine/train/step.ts';

export interface LearnableOptions {
  readonly count: number;
  readonly batch: number;
  readonly classes?: number;
  /** Side of the square pictures. */
  readonly side?: number;
  readonly channels?: number;
  readonly seed?: number;
}

/** One picture: noise, and a brighter patch whose place and channel tell its class. */
export function learnablePicture(
  index: number,
  { classes = 5, side = 16, channels = 3, seed = 0 }: LearnableOptions,
): { readonly label: number; readonly data: Float32Array } {
  const random = seededRandom(seed, `picture ${index}`);
  const label = random.integer(classes);
  const data = Float32Array.from({ length: channels * side * side }, () => 0.5 * random.normal());
  const [top, left] = [(label % 2) * (side / 2), (label > 1 ? 1 : 0) * (side / 2)];
  for (let y = 0; y < side / 2; y++)
    for (let x = 0; x < side / 2; x++) data[(label % channels) * side * side + (top + y) * side + left + x]! += 1;
  return { label, data };
}

/** Pictures that a small network learns in a few dozen steps, in a new order each epoch. */
export function learnableBatches(options: LearnableOptions): BatchSource {
  const { count, batch, classes = 5, side = 16, channels = 3 } = options;
  const pictures = Array.from({ length: count }, (_, i) => learnablePicture(i, options));
  const stepsPerEpoch = Math.floor(count / batch);
  return {
    size: batch,
    stepsPerEpoch,
    classes,
    isFixed: true,
    close: () => Promise.resolve(),
    async *epoch(epoch, { signal, fromStep = 0 }) {
      const order = shuffle(
        pictures.map((_, i) => i),
        seededRandom(epoch, 'order'),
      );
      for (let step = fromStep; step < stepsPerEpoch; step++) {
        throwIfCancelled(signal);
        const samples = order.slice(step * batch, (step + 1) * batch);
        const data = new Float32Array(batch * channels * side * side);
        const labels = new Float32Array(batch * classes);
        samples.forEach((sample, i) => {
          data.set(pictures[sample]!.data, i * channels * side * side);
          labels[i * classes + pictures[sample]!.label] = 1;
        });
        yield {
          samples,
          input: { type: DataType.float32, dims: [batch, channels, side, side], data },
          labels: { type: DataType.float32, dims: [batch, classes], data: labels },
        };
      }
    },
  };
}

/** Those of `train`, with some changed. */
export const trainSettings = (changes: Partial<TrainSettings> = {}): TrainSettings =>
  fillDefaults(trainStep.parameters, changes as Record<string, unknown>) as TrainSettings;
