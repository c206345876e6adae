import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJob, runRecipe } from '../../../src/engine/api.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { parametersOf } from '../../../src/engine/train/parameters.ts';
import { prepareObject } from '../../../src/engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import type { TrainingCurve } from '../../../src/protocol/training.ts';
import { smallJob } from '../../support/small-job.ts';

let folder = '';
let recipe: ResolvedRecipe;
let whole: RunDocument;
let curves: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-several-'));
  const job = await smallJob(folder, 90);
  const { calibration, test, input } = job.recipe.data;
  const { resolved, issues } = await prepareObject(
    {
      version: 1,
      models: {
        teacher: { new: 'resnet20', classes: 3, input: [1, 16, 16], width: 0.25 },
        student: { new: 'resnet20', classes: 3, input: [1, 16, 16], width: 0.125 },
      },
      data: { input, train: { path: calibration!.path, labels: 'folders', batch: 16 }, test: { path: test!.path, labels: 'folders' } },
      steps: [
        { train: { on: 'teacher', epochs: 3, 'learning-rate': 0.01 } },
        { distill: { on: 'student', teacher: 'teacher', epochs: 3, 'learning-rate': 0.01 } },
        { quantize: { on: 'student' } },
      ],
    },
    { folder, runs: path.join(folder, 'whole'), for: 'run' },
  );
  expect(issues).toEqual([]);
  recipe = resolved!;
  whole = await run(recipe, { onTraining: (told) => (curves = told.map(({ step }) => step)) });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Watch {
  readonly onTraining?: (curves: readonly TrainingCurve[]) => void;
  readonly signal?: AbortSignal;
  readonly resume?: boolean;
}

const run = async (resolved: ResolvedRecipe, { onTraining, signal, resume = false }: Watch = {}): Promise<RunDocument> =>
  runRecipe(
    resolved,
    { runtime: await createOrtRuntime(), context: plainContext(signal ? { signal } : {}), ...(onTraining ? { onTraining } : {}) },
    { choice: resume ? 'newest' : 'new' },
  );

async function filesOf({ run: place }: RunDocument): Promise<Record<string, string>> {
  const models = (await readdir(path.join(place, 'models'))).map((model) => path.join('models', model));
  const files = ['layers.json', 'metrics.json', 'overlay.json', ...models.sort()];
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, (await readFile(path.join(place, file))).toString('base64')])));
} // prettier-ignore

it('each model has its own chain, and the last one the figures', async () => {
  expect(whole.steps.map(({ step, on }) => `${step} ${on}`)).toEqual(['train teacher', 'distill student', 'quantize student']);
  expect(whole.models.map(({ path: file, role, on }) => [path.basename(file), role, on])).toEqual([
    ['student.onnx', 'input', 'student'],
    ['student_distill.onnx', 'intermediate', 'student'],
    ['student_quantize.onnx', 'output', 'student'],
    ['teacher.onnx', 'input', 'teacher'],
    ['teacher_train.onnx', 'intermediate', 'teacher'],
  ]);
  expect(curves).toEqual(['train of teacher', 'distill of student (step 2)']);
  expect(whole.metrics!.after.samples).toBe(90);
  const output = await readModel(path.join(whole.run, 'models/student_quantize.onnx'));
  expect(output.metadata.get('lathe.scheme')).toMatch(/; static/);
});

it('the student learned from the teacher as it was trained', async () => {
  const weights = async (name: string): Promise<Float32Array[]> => {
    const model = await readModel(path.join(whole.run, 'models', name));
    return parametersOf(model).map((parameter) => model.graph.initializers.get(parameter.name)!.toFloat32());
  };
  expect(await weights('teacher_train.onnx')).not.toEqual(await weights('teacher.onnx'));
  // Another teacher, another student.
  const [train, ...rest] = recipe.steps;
  const other = { ...recipe, output: { ...recipe.output, folder: path.join(folder, 'other') }, steps: [{ ...train!, settings: { ...train!.settings, epochs: 1 } }, ...rest] }; // prettier-ignore
  const { run: place } = await run(other);
  const student = (from: string): Promise<Buffer> => readFile(path.join(from, 'models/student_distill.onnx'));
  expect((await student(place)).equals(await student(whole.run))).toBe(false);
  expect(await readFile(path.join(place, 'models/student.onnx'))).toEqual(await readFile(path.join(whole.run, 'models/student.onnx')));
});

it('cancelled in the second step and resumed, it gives the same bytes', async () => {
  const elsewhere = { ...recipe, output: { ...recipe.output, folder: path.join(folder, 'cancelled') } };
  const stop = new AbortController();
  const onTraining = (told: readonly TrainingCurve[]): void => {
    if (told[1]?.points.length) stop.abort();
  };
  await expect(run(elsewhere, { signal: stop.signal, onTraining })).rejects.toMatchObject({ code: 'cancelled' });
  const resumed = await run(elsewhere, { resume: true });
  expect(resumed.resumed).toBe(true);
  expect(await filesOf(resumed)).toEqual(await filesOf(whole));
});

it('jobs of one model say that they are', async () => {
  const resolved = { ...recipe, steps: recipe.steps.slice(2) };
  const analysis = {
    kind: 'analyze',
    recipe: { resolved },
    method: 'tap',
    metric: 'sqnr',
    widths: [{ weights: 8, activations: 8 }],
  } as const;
  const deps = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };
  await expect(runJob({ ...analysis, widths: [...analysis.widths] }, deps)).rejects.toMatchObject({ code: 'recipe.models' });
});
