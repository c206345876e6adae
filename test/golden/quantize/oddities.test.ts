import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { Dataset } from '../../../src/engine/data/types.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { itWithZoo } from '../../support/zoo.ts';
import { methods } from '../../unit/quantize/methods.ts';
import { request, runtime } from '../../unit/quantize/support.ts';

/** Noise of the first input's shape without batch; free dimensions are 8, or 3 where channels stand. */
function picturesFor(model: Model): Dataset {
  const type = model.graph.requiredInputs[0]?.type;
  const shape = type?.kind === 'tensor' ? (type.shape ?? [1, 3, 8, 8]) : [1, 3, 8, 8];
  const dims = shape.slice(1).map((dim, axis) => (typeof dim === 'number' && dim > 0 && dim < 4096 ? dim : axis === 0 ? 3 : 8));
  return noiseDataset(9, dims);
}

const floats = (model: Model): boolean =>
  model.graph.requiredInputs.every(({ type }) => type?.kind === 'tensor' && type.elementType === DataType.float32);

itWithZoo(
  'every odd file of the zoo is quantized to something that loads, or refused in a message',
  async (zoo) => {
    const folder = path.join(zoo, 'oddities');
    // ONNX Runtime itself takes half a minute to load 12,000 nodes.
    const files = (JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as { file: string }[])
      .map(({ file }) => file)
      .filter((file) => !file.startsWith('big/'));
    let results = 0;
    for (const file of files) {
      for (const { name, settings, target } of methods) {
        const what = `${file}, ${name}`;
        try {
          const model = await readModel(path.join(folder, file));
          if (!floats(model)) break;
          const dependencies = { runtime, context: plainContext(), dataset: picturesFor(model) };
          const result = await quantizeStatic(model, request(settings, {}, target), dependencies);
          const session = await runtime.load(encodeModel(result.model), { optimize: 'all', threads: 1 });
          await session.dispose();
          results++;
        } catch (error) {
          expect(error, what).toBeInstanceOf(LatheError);
          const { code, message } = error as LatheError;
          // What we wrote must load; the float model itself may be refused by ONNX Runtime.
          if (code === 'runtime.load')
            await expect(runtime.load({ path: path.join(folder, file) }, { optimize: 'all', threads: 1 }), what).rejects.toThrow();
          expect(message.length, what).toBeGreaterThan(10);
        }
      }
    }
    expect(results).toBeGreaterThan(20);
  },
  120_000,
);
