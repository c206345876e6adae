import { readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { removeChannels } from '../../../src/engine/prune/apply.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { fillWeights } from '../../support/filled-graph.ts';
import { compareCut, randomRemoval } from '../../support/pruned.ts';
import { itWithZoo } from '../../support/zoo.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const modelsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.onnx'))
    .sort()
    .map((file) => path.join(folder, file));

/** Free heights and widths that every model of the zoo takes. */
const free = (_input: string, axis: number): number => (axis === 0 ? 1 : 64);

describe('real models without a quarter and without half of their channels', () => {
  itWithZoo(
    'compute what the masked ones do',
    async (zoo) => {
      for (const file of modelsIn(path.join(zoo, 'models'))) {
        const model = await readModel(file);
        for (const ratio of [0.25, 0.5]) {
          const { worst, coupling } = await compareCut(runtime, model, ratio, { free });
          expect(worst, `${file} at ${ratio}`).toBeLessThanOrEqual(1e-4);
          expect(coupling.groups.length, file).toBeGreaterThan(0);
        }
      }
    },
    60_000,
  );

  itWithZoo(
    'topologies with random weights do',
    async (zoo) => {
      // The others have hundreds of MB of weights in their last layers.
      for (const name of ['squeezenet', 'inception_v1']) {
        const model = fillWeights(await readModel(path.join(zoo, 'graphs', `light_${name}.onnx`)));
        expect((await compareCut(runtime, model, 0.5)).worst, name).toBeLessThanOrEqual(1e-4);
      }
    },
    60_000,
  );

  itWithZoo('odd models are followed and cut, or refused in words', async (zoo) => {
    for (const file of modelsIn(path.join(zoo, 'oddities')).filter((each) => !each.includes('nodes_12000'))) {
      try {
        const model = await readModel(file);
        const coupling = couplingOf(model);
        removeChannels(model, coupling, randomRemoval(coupling, 0.5, 1));
      } catch (thrown) {
        expect(thrown, file).toBeInstanceOf(LatheError);
      }
    }
  });
});
