import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ModelSummary } from '../../protocol/results/run.ts';
import { LatheError } from '../base/errors.ts';
import { readModel } from '../onnx/file.ts';
import { isRounding } from '../recipe/rounding-step.ts';
import type { ResolvedRecipe } from '../recipe/types.ts';
import { findTarget } from '../targets/index.ts';
import { exportFormats } from './export/index.ts';
import type { ExportFormat } from './export/format.ts';
import { hashFile } from './hash.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';

/** Containers that a recipe wants beside the ONNX file, which a run always writes. */
const wanted = ({ output }: ResolvedRecipe): readonly ExportFormat[] =>
  output.formats.flatMap((name) => (name === 'onnx' ? [] : (exportFormats.find((format) => format.name === name) ?? [])));

/** Throws `recipe.formats` for a container that the recipe's target or steps cannot give: hours of work come before it is written. */
export function checkFormats(recipe: ResolvedRecipe): void {
  if (!wanted(recipe).some(({ name }) => name === 'xmodel')) return;
  const refuse = (message: string, hint: string): never => {
    throw new LatheError('recipe.formats', message, { file: recipe.file, hint });
  };
  if (findTarget(recipe.target)?.fixPositions !== 'dpu')
    refuse(`output.formats asks for an xmodel, and the target ${recipe.target} has no DPU`, 'Set target: zcu104, or write no xmodel.');
  if (!recipe.steps.some(({ step, settings }) => isRounding(step, settings)))
    refuse('output.formats asks for an xmodel, and no step quantizes the model', 'Add the step quantize, or write no xmodel.');
}

/** Writes the run's last model in the containers of the recipe, beside it; what is to be known of them goes to the warnings. */
export async function writeFormats({ session, recipe }: StepChain, finished: readonly FinishedStep[]): Promise<void> {
  const last = finished.at(-1);
  const formats = wanted(recipe);
  if (!last || formats.length === 0) return;
  const model = await readModel(path.join(session.folder.models, last.name));
  for (const format of formats) {
    const name = exportedName(format, last.name);
    const file = path.join(session.folder.models, name);
    const { warnings } = session.record;
    for (const warning of (await format.write(model, file)).map((text) => `${name}: ${text}`))
      if (!warnings.includes(warning)) warnings.push(warning);
    session.record.hashes[`models/${name}`] = (await hashFile(file)).sha256;
  }
}

/** What was written, for the run's document: the figures are those of the model. */
export function writtenFormats({ session, recipe }: StepChain, finished: readonly FinishedStep[], output: ModelSummary): ModelSummary[] {
  const last = finished.at(-1);
  if (!last) return [];
  const files = wanted(recipe).map((format) => path.join(session.folder.models, exportedName(format, last.name)));
  // A run of a single step writes none.
  return files.filter((file) => existsSync(file)).map((file) => ({ ...output, path: file, role: 'exported', bytes: statSync(file).size }));
}

const exportedName = (format: ExportFormat, name: string): string => format.fileName(name.replace(/\.onnx$/i, ''));
