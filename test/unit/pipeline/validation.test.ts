import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainContext, silentLogger } from '../../../src/engine/base/context.ts';
import type { Dataset } from '../../../src/engine/data/types.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { openRunData } from '../../../src/engine/pipeline/run-data.ts';
import { validationPictures } from '../../../src/engine/pipeline/validation.ts';
import { evenly } from '../../../src/engine/search/evenly.ts';
import { resolveData } from '../../../src/engine/recipe/resolve-data.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { smallJob, type SmallJob } from '../../support/small-job.ts';

let job: SmallJob;

beforeAll(async () => {
  job = await smallJob(await mkdtemp(path.join(tmpdir(), 'lathe-validation-')), 60);
});

afterAll(() => rm(job.folder, { recursive: true }));

type Data = ResolvedRecipe['data'];

const ids = (dataset: Dataset | undefined): string[] => (dataset?.samples ?? []).map(({ id }) => id);

async function open(data: Partial<Data>, seed = 0) {
  const recipe: ResolvedRecipe = { ...job.recipe, seed, data: { ...job.recipe.data, ...data } };
  const model = await readModel(job.recipe.model);
  return openRunData(model, recipe, ['train', 'calibration', 'validation', 'test'], plainContext());
}

const tenth: Data['validation'] = { kind: 'part', of: 'calibration', fraction: 0.1 };

describe('validation data', () => {
  it('a fraction leaves its source, and nothing is in both', async () => {
    const { calibration, validation, test } = await open({ validation: tenth });
    expect([ids(calibration).length, ids(validation).length]).toEqual([54, 6]);
    expect(new Set([...ids(calibration), ...ids(validation)]).size).toBe(60);
    expect(test!.samples).toHaveLength(60);
    expect(validation!.path).not.toBe(test!.path);
  });

  it('follows from the seed alone', async () => {
    const [first, again, other] = [
      await open({ validation: tenth }),
      await open({ validation: tenth }),
      await open({ validation: tenth }, 1),
    ];
    expect(ids(again.validation)).toEqual(ids(first.validation));
    expect(again.validation!.fingerprint).toBe(first.validation!.fingerprint);
    expect(ids(other.validation)).not.toEqual(ids(first.validation));
  });

  it('a fraction of train leaves calibration pictures that are some of train as well', async () => {
    const train = job.recipe.data.calibration!;
    const {
      train: learnt,
      calibration,
      validation,
    } = await open({
      train,
      calibration: { ...train, count: 20 },
      validation: { kind: 'part', of: 'train', fraction: 0.25 },
    });
    expect([ids(learnt).length, ids(calibration).length, ids(validation).length]).toEqual([45, 20, 15]);
    for (const id of ids(validation)) expect([...ids(learnt), ...ids(calibration)]).not.toContain(id);
    for (const id of ids(calibration)) expect(ids(learnt)).toContain(id);
  });

  it('a data set of its own leaves the others as they are', async () => {
    const { calibration, validation } = await open({ validation: { kind: 'path', source: { ...job.recipe.data.calibration!, count: 7 } } });
    expect([ids(calibration).length, ids(validation).length]).toEqual([60, 7]);
  });

  it('nobody is told of a number that nobody wrote', async () => {
    const source = job.recipe.data.calibration!;
    const warned: string[] = [];
    const context = plainContext({ logger: { ...silentLogger, warn: (message) => warned.push(message) } });
    const opened = async (data: Partial<Data>): Promise<string[]> => {
      const recipe: ResolvedRecipe = { ...job.recipe, data: { ...job.recipe.data, ...data } };
      for (const uses of [['calibration'], ['calibration', 'validation']] as const)
        await openRunData(await readModel(job.recipe.model), recipe, uses, context);
      return warned.splice(0);
    };
    const derived = resolveData({ train: source }, '/').calibration!;
    expect(await opened({ train: source, calibration: derived })).toEqual([]);
    expect(await opened({ calibration: { ...source, count: 256 } })).toHaveLength(2);
  });

  it('is never test', async () => {
    const only: ResolvedRecipe = { ...job.recipe, data: { test: job.recipe.data.test! } };
    expect(validationPictures(only)).toBeUndefined();
    for (const use of ['train', 'calibration'] as const) {
      const recipe: ResolvedRecipe = { ...job.recipe, data: { ...job.recipe.data, validation: { kind: 'part', of: use, fraction: 0.5 } } };
      expect(validationPictures(recipe)?.source.path).not.toBe(recipe.data.test!.path);
    }
  });

  it('a job that does not choose keeps all of its pictures', async () => {
    const recipe: ResolvedRecipe = { ...job.recipe, data: { ...job.recipe.data, validation: tenth } };
    const data = await openRunData(await readModel(job.recipe.model), recipe, ['calibration', 'test'], plainContext());
    expect(ids(data.calibration)).toHaveLength(60);
    expect(data.validation).toBeUndefined();
  });

  it('one picture cannot serve two uses', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'lathe-one-'));
    const one = await smallJob(folder, 1);
    const recipe: ResolvedRecipe = { ...one.recipe, data: { ...one.recipe.data, validation: tenth } };
    const opening = openRunData(await readModel(one.recipe.model), recipe, ['calibration', 'validation'], plainContext());
    await expect(opening).rejects.toMatchObject({ code: 'data.validation' });
    await rm(folder, { recursive: true });
  });

  it('some of the pictures are spread over all of them, and keep what they are', async () => {
    const { validation } = await open({ validation: { kind: 'part', of: 'calibration', fraction: 0.5 } });
    const some = evenly(validation!, 6);
    const streamed = [];
    for await (const { index, id, label } of some.stream({ signal: new AbortController().signal })) streamed.push({ index, id, label });
    expect(streamed.map(({ index, id, label }) => ({ index, id, label }))).toEqual(
      some.samples.map(({ index, id, label }) => ({ index, id, label })),
    );
    expect(new Set(streamed.map(({ label }) => label)).size).toBe(3);
    expect(evenly(validation!, 1000)).toBe(validation);
  });
});
