import path from 'node:path';
import type * as vscode from 'vscode';
import type { DataSource, InputDeclaration } from '../../engine/data/source.ts';
import type { Recipe } from '../../engine/recipe/types.ts';
import { writeRecipe } from '../../engine/recipe/write.ts';
import { writeFree } from '../recipe/free-file.ts';
import type { RecipeStep } from './choices.ts';

/** What the questions were answered with; paths are absolute. */
export interface Answers {
  model: string;
  target: string;
  step: RecipeStep;
  /** Choices will be made: a part of the pictures is kept for them. */
  chooses?: boolean;
  /** The pictures are learned from. */
  learns?: boolean;
  /** Model to learn from. */
  teacher?: string;
  /** Settings of single layers, by name. */
  layers?: Recipe['layers'];
  /** Absent: no pictures. */
  data?: { folder: string; calibration: DataSource; test?: DataSource; available?: number; input: InputDeclaration };
}

/** Pictures that choices look at; 1,000 give ± 0.9 points (1 sd) at 90 %. */
const validationPictures = 1000;

/** Of the pictures to learn from: what tells the best epoch, and when to stop. */
const validationShare = 0.1;

/** The answers as a recipe whose paths are relative to `folder`, where it will lie. */
export function recipeOf(answers: Answers, folder: string): Recipe {
  const { data, step } = answers;
  const relative = (source: DataSource, base: string): DataSource => ({ ...source, path: from(folder, path.resolve(base, source.path)) });
  return {
    version: 1,
    model: from(folder, answers.model),
    target: answers.target,
    ...(data?.test?.labels ? { task: 'classification' } : {}),
    seed: 0,
    ...(data
      ? {
          data: {
            input: data.input,
            ...usesOf(answers, relative(data.calibration, data.folder), data.available),
            ...(data.test ? { test: relative(data.test, data.folder) } : {}),
          },
        }
      : {}),
    steps: [{ [step.name]: { ...(answers.teacher === undefined ? {} : { teacher: from(folder, answers.teacher) }), ...step.settings } }],
    ...(answers.layers && Object.keys(answers.layers).length ? { layers: answers.layers } : {}),
    // What was allowed on the pictures for choices is checked on those for the final figures.
    ...(step.name === 'auto' && data?.test?.labels ? { gate: { drop: Number(step.settings['drop']) } } : {}),
  };
}

/** What the pictures serve. */
function usesOf({ chooses, learns }: Answers, calibration: DataSource, available: number | undefined): NonNullable<Recipe['data']> {
  if (!learns) return { ...(chooses ? choosing(calibration, available) : {}), calibration };
  const { count: _, ...all } = calibration;
  return { train: all, validation: { fraction: validationShare }, ...(chooses ? { calibration } : {}) };
}

/** Pictures to choose on: a part of all that the calibration pictures are taken from, at most half of them. */
function choosing({ count: _, ...all }: DataSource, available: number | undefined): NonNullable<Recipe['data']> {
  const fraction = available === undefined ? 0.2 : Math.min(0.5, Math.max(0.01, validationPictures / available));
  return { train: all, validation: { fraction: Number(fraction.toPrecision(2)) } };
}

/** Writes the recipe as `<model>.compress.yaml` into the runs folder, under the next free name where one with other contents is there. */
export function saveRecipe(recipe: Recipe, model: string, folder: string): Promise<vscode.Uri> {
  const title = `Compresses ${path.basename(model)}. Edit and run again: Lathe: Run Recipe, or \`lathe run\`.`;
  return writeFree(folder, path.basename(model).replace(/\.onnx$/i, ''), '.compress.yaml', writeRecipe(recipe, title));
}

/** A path as a recipe writes it: relative with forward slashes; absolute where there is no relative one (another drive). */
function from(folder: string, file: string): string {
  const relative = path.relative(folder, file);
  return (path.isAbsolute(relative) ? file : relative || '.').replaceAll('\\', '/');
}
