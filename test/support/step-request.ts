import { noCheckpoints } from '../../src/engine/base/checkpoint.ts';
import { plainContext } from '../../src/engine/base/context.ts';
import type { Dataset, LoadedSample } from '../../src/engine/data/types.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';
import type { Ancestor, StepRequest } from '../../src/engine/pipeline/steps/step.ts';
import { fillDefaults } from '../../src/engine/recipe/defaults.ts';
import { findStep } from '../../src/engine/recipe/steps.ts';
import type { ResolvedRecipe, ResolvedStep } from '../../src/engine/recipe/types.ts';
import type { Runtime } from '../../src/engine/runtime/runtime.ts';
import { learnablePicture } from './learnable-batches.ts';

const dims = [3, 16, 16];

/** Learnable pictures number `from` to `to`; without labels where that is asked. */
export function learnableDataset(from: number, to: number, labelled = true): Dataset {
  const known = Array.from({ length: to - from }, (_, index) => ({
    index,
    id: `${from + index}`,
    ...learnablePicture(from + index, { count: to, batch: 1 }),
  }));
  const info = ({ index, id, label }: (typeof known)[number]) => ({ index, id, ...(labelled ? { label } : {}) });
  return {
    path: 'made',
    samples: known.map(info),
    fingerprint: `${from} ${to}`,
    ...(labelled ? { classes: ['a', 'b', 'c', 'd', 'e'] } : {}),
    async *stream({ from: first = 0, to: last = known.length }) {
      for (const picture of known.slice(first, last)) {
        const sample: LoadedSample = {
          ...info(picture),
          input: { type: DataType.float32, dims, data: picture.data },
          geometry: { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 },
        };
        yield sample;
      }
    },
  };
}

/** A step with its defaults filled in. */
export const stepOf = (name: string, settings: Record<string, unknown>, index = 0): ResolvedStep => ({
  step: name,
  index,
  settings: fillDefaults(findStep(name)!.parameters, settings) as Record<string, unknown>,
  layers: {},
});

export interface RequestOptions {
  readonly runtime: Runtime;
  readonly ancestors: readonly Ancestor[];
  readonly model: Model;
  readonly labelled?: boolean;
}

/** A step on learnable pictures: 128 to train on, 16 to calibrate on, 64 to choose by. Keeps nothing. */
export function requestOf(step: ResolvedStep, { runtime, ancestors, model, labelled = true }: RequestOptions): StepRequest {
  const recipe = { version: 1, folder: '/', name: 'made', model: '/made.onnx', target: 'cpu', task: labelled ? 'classification' : 'none', seed: 0, data: {}, steps: [step] } as unknown as ResolvedRecipe; // prettier-ignore
  return {
    model,
    step,
    recipe,
    data: {
      train: learnableDataset(0, 128, labelled),
      calibration: learnableDataset(0, 16, labelled),
      validation: learnableDataset(128, 192, labelled),
    },
    runtime,
    context: plainContext(),
    checkpoints: noCheckpoints,
    piece: (_, __, work) => work(),
    modelPiece: (_, __, work) => work(),
    ancestors,
    models: new Map(),
  };
}
