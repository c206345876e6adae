import path from 'node:path';
import { degradationsOf } from '../data/augment/index.ts';
import { dataSource, inputSettings, trainingSource, type DataSource, type InputDeclaration, type TrainingSource } from '../data/source.ts';
import { fillDefaults } from './defaults.ts';
import { isInputMap } from './input-map.ts';
import type { Recipe, ResolvedRecipe, ResolvedSource, ResolvedValidation, Task } from './types.ts';

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
function withoutTraining(source: TrainingSource): DataSource {
  const train = seenOnce(source);
  return { ...train, count: Math.min(train.count ?? calibrationPictures, calibrationPictures) };
}

/** Training pictures as those are that are not learnt from: what makes them worse is drawn once for each, so that a model meets what it is trained for. */
export function seenOnce({ augment, batch: _, ...source }: TrainingSource): DataSource {
  const worse = [...(source.degrade ?? []), ...degradationsOf(augment)];
  return { ...source, ...(worse.length ? { degrade: worse } : {}) };
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
    // Of worse pictures with labels the answer counts, not the picture.
    if (source.labels === undefined && (source.pairs || source.degrade)) return 'restoration';
    if (source.labels === undefined) continue;
    return source.labels === 'folders' || source.labels.toLowerCase().endsWith('.csv') ? 'classification' : 'detection';
  }
  return 'none';
}
