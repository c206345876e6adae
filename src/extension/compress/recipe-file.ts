import path from 'node:path';
import * as vscode from 'vscode';
import type { DataSource, InputDeclaration } from '../../engine/data/source.ts';
import type { Recipe } from '../../engine/recipe/types.ts';
import { writeRecipe } from '../../engine/recipe/write.ts';
import type { RecipeStep } from './choices.ts';

/** What the questions were answered with; paths are absolute. */
export interface Answers {
  model: string;
  target: string;
  step: RecipeStep;
  /** Absent: no pictures. */
  data?: { folder: string; calibration: DataSource; test?: DataSource; input: InputDeclaration };
}

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
            calibration: relative(data.calibration, data.folder),
            ...(data.test ? { test: relative(data.test, data.folder) } : {}),
          },
        }
      : {}),
    steps: [{ [step.name]: step.settings }],
  };
}

/** Writes the recipe as `<model>.compress.yaml` into the runs folder, under the next free name where one with other contents is there. */
export async function saveRecipe(recipe: Recipe, model: string, folder: string): Promise<vscode.Uri> {
  const name = path.basename(model).replace(/\.onnx$/i, '');
  const bytes = new TextEncoder().encode(
    writeRecipe(recipe, `Compresses ${path.basename(model)}. Edit and run again: Lathe: Run Recipe, or \`lathe run\`.`),
  );
  for (let number = 1; ; number++) {
    const uri = vscode.Uri.file(path.join(folder, `${name}${number === 1 ? '' : `-${number}`}.compress.yaml`));
    const there = await contents(uri);
    if (there && Buffer.compare(there, bytes) !== 0) continue; // someone's work: never written over
    if (!there) await vscode.workspace.fs.writeFile(uri, bytes);
    return uri;
  }
}

async function contents(uri: vscode.Uri): Promise<Uint8Array | undefined> {
  try {
    return await vscode.workspace.fs.readFile(uri);
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return undefined;
    throw error;
  }
}

/** A path as a recipe writes it: relative with forward slashes; absolute where there is no relative one (another drive). */
function from(folder: string, file: string): string {
  const relative = path.relative(folder, file);
  return (path.isAbsolute(relative) ? file : relative || '.').replaceAll('\\', '/');
}
