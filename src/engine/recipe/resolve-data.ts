import path from 'node:path';
import { dataSource, inputSettings, trainingSource, type DataSource, type InputDeclaration, type TrainingSource } from '../data/source.ts';
import { fillDefaults } from './defaults.ts';
import { checkInputs } from './check-input.ts';
import { isInputMap } from './input-map.ts';
import { findStep } from './steps.ts';
import type { Issue, Path } from './check.ts';
import type { ResolveRequest } from './resolve.ts';
import type { Recipe, ResolvedRecipe, ResolvedSource, ResolvedStep, ResolvedValidation, Task } from './types.ts';

type RecipeData = NonNullable<Recipe['data']>;
type ResolvedData = ResolvedRecipe['data'];
type Inputs = RecipeData['input'];

/** Share of `train` or `calibration` that choices look at when there is no validation data of its own (recipe.md, "Three kinds of data"). */
const validationShare = 0.1;

export function resolveData(data: RecipeData, folder: string): ResolvedData {
  const source = (written: DataSource): ResolvedSource => {
    const filled = fillDefaults(dataSource, written) as DataSource;
    return { ...filled, path: path.resolve(folder, filled.path) };
  };
  const calibration = data.calibration ?? (data.train && withoutTraining(data.train));
  const validation = resolveValidation(data, source);
  return {
    ...(data.input ? { input: fillInput(data.input) } : {}),
    ...(data.train ? { train: resolveTraining(data.train, folder) } : {}),
    ...(validation ? { validation } : {}),
    ...(calibration ? { calibration: source(calibration) } : {}),
    ...(data.test ? { test: source(data.test) } : {}),
  };
}

const fillInput = (input: NonNullable<Inputs>): Inputs =>
  isInputMap(input)
    ? Object.fromEntries(Object.entries(input).map(([name, one]) => [name, fillDefaults(inputSettings, one) as InputDeclaration]))
    : (fillDefaults(inputSettings, input) as InputDeclaration);

/** So many training pictures are enough to calibrate on. */
export const calibrationPictures = 256;

/** Pictures to calibrate on where only training pictures are named: a bounded number of them, balanced over the classes. */
function withoutTraining({ augment: _, batch: __, ...train }: TrainingSource): DataSource {
  return { ...train, count: Math.min(train.count ?? calibrationPictures, calibrationPictures) };
}

function resolveTraining(train: TrainingSource, folder: string): TrainingSource {
  const filled = fillDefaults(trainingSource, train) as TrainingSource;
  return { ...filled, path: path.resolve(folder, filled.path) };
}

function resolveValidation(data: RecipeData, source: (written: DataSource) => ResolvedSource): ResolvedValidation | undefined {
  const of = data.train ? 'train' : data.calibration ? 'calibration' : undefined;
  if (data.validation && 'path' in data.validation) return { kind: 'path', source: source(data.validation) };
  if (!of) return undefined;
  return { kind: 'part', of, fraction: data.validation && 'fraction' in data.validation ? data.validation.fraction : validationShare };
}

/** What the data say of the task when the recipe does not: boxes, pairs or classes, of the test data first. */
export function inferTask(data: ResolvedData): Task {
  const validation = data.validation?.kind === 'path' ? data.validation.source : undefined;
  for (const source of [data.test, validation, data.train, data.calibration]) {
    if (!source) continue;
    if (source.decode) return 'detection';
    if (source.pairs || source.degrade) return 'restoration';
    if (source.labels === undefined) continue;
    return source.labels === 'folders' || source.labels.toLowerCase().endsWith('.csv') ? 'classification' : 'detection';
  }
  return 'none';
}

/** What is missing or contradictory about data; the severities depend on what the recipe is resolved for. */
export function checkData(
  recipe: Recipe,
  data: ResolvedData,
  task: Task,
  steps: readonly ResolvedStep[],
  request: ResolveRequest,
): Issue[] {
  return [
    ...missingData(recipe, data, steps),
    ...missingDecode(recipe, task),
    ...checkFraction(recipe),
    ...sharedData(recipe, data),
    ...checkInputs(recipe, data, request),
  ];
}

const issue = (path: Path, at: Issue['at'], severity: Issue['severity'], code: string, message: string, fix?: string): Issue => ({
  path,
  at,
  severity,
  code,
  message,
  ...(fix === undefined ? {} : { fix }),
});

function missingData(recipe: Recipe, data: ResolvedData, steps: readonly ResolvedStep[]): Issue[] {
  const issues = steps.flatMap((step) => {
    const needs = findStep(step.step)?.needs?.(step.settings) ?? [];
    return needs
      .filter((use) => !data[use])
      .map((use) => {
        const message = `${step.step} needs pictures with these settings: data.${use} is missing`;
        return issue(['steps', step.index, step.step], 'key', 'error', 'recipe.missing-data', message);
      });
  });
  if (recipe.gate && !data.test) {
    issues.push(
      issue(['gate'], 'key', 'error', 'recipe.missing-data', 'a gate needs pictures to measure the loss on: data.test is missing'),
    );
  }
  return issues;
}

function missingDecode(recipe: Recipe, task: Task): Issue[] {
  const test = recipe.data?.test;
  if (task !== 'detection' || !test || test.decode) return [];
  const message = 'detection needs data.test.decode: how the outputs become boxes (kind: yunet, yolov5 or yolov8)';
  return [issue(['data', 'test'], 'key', 'error', 'recipe.missing-decode', message)];
}

function checkFraction(recipe: Recipe): Issue[] {
  const data = recipe.data ?? {};
  if (!data.validation || !('fraction' in data.validation) || data.train || data.calibration) return [];
  const message = 'a fraction needs something to be cut from: data.train or data.calibration is missing';
  return [issue(['data', 'validation'], 'key', 'error', 'recipe.missing-data', message)];
}

/** Pictures of `test` must have had no part in any choice (recipe.md, "Three kinds of data"). */
function sharedData(recipe: Recipe, data: ResolvedData): Issue[] {
  const test = data.test;
  if (!test) return [];
  const issues: Issue[] = [];
  const validation = data.validation?.kind === 'path' ? data.validation.source : undefined;
  if (validation && samePictures(validation, test)) {
    const message = 'test and validation are the same pictures: choices made on them would make the final figure too good';
    issues.push(issue(['data', 'test'], 'key', 'error', 'recipe.test-in-choices', message));
  }
  for (const use of ['train', 'calibration'] as const) {
    const other = recipe.data?.[use] && data[use];
    if (!other || !samePictures(other, test)) continue;
    const message = `test and ${use} are the same pictures: the final figure will be too good`;
    issues.push(issue(['data', 'test'], 'key', 'warning', 'recipe.test-seen', message));
  }
  return issues;
}

/** Same place, or one inside the other, unless two different splits of a label file keep them apart. */
function samePictures(a: ResolvedSource, b: ResolvedSource): boolean {
  if (a.split !== undefined && b.split !== undefined && a.split !== b.split) return false;
  const inside = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(outer + path.sep);
  return inside(a.path, b.path) || inside(b.path, a.path);
}
