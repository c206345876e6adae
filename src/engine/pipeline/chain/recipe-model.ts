import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { newModel } from '../../architectures/make.ts';
import type { Context } from '../../base/context.ts';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import { canonicalJson, parseJson } from '../../base/json.ts';
import { latheVersion } from '../../base/version.ts';
import { readModel, writeModel } from '../../onnx/file.ts';
import { composedFile, composedNote } from '../../recipe/composed-file.ts';
import type { ResolvedModel, ResolvedRecipe } from '../../recipe/types.ts';
import { makeFolder, writeJsonAtomic } from '../atomic.ts';
import { hashModel } from '../hash.ts';
import { composeFiles } from './compose-files.ts';

type ChainRecipe = ResolvedRecipe & Required<Pick<ResolvedRecipe, 'chain' | 'models'>>;

/** What lies beside a composed model. */
interface Note {
  /** All that the model was made of. */
  readonly content: string;
  readonly sha256: string;
}

/**
 * The model file of a job outside of run folders: that of the recipe, or the models of its chain as one, composed where something of them has
 * changed. Throws `recipe.models` for several models that are no chain, `chain.*`, `model.*`, `disk.*`, and Cancelled.
 */
export async function recipeModel(recipe: ResolvedRecipe, job: string, context: Pick<Context, 'signal' | 'logger'>): Promise<string> {
  if (isChain(recipe)) return composedModel(recipe, context);
  requireOneModel(recipe, job);
  return recipe.model!;
}

/** Refuses several models that are no chain. Throws `recipe.models`. */
export function requireOneModel(recipe: ResolvedRecipe, job: string): void {
  if (recipe.model !== undefined || isChain(recipe)) return;
  throw new LatheError('recipe.models', `${job} works on one model or a chain, and this recipe has several that stand alone`, {
    file: recipe.file,
    hint: 'Name one under `model`, or run the recipe with `lathe run`.',
  });
}

const isChain = (recipe: ResolvedRecipe): recipe is ChainRecipe => recipe.chain !== undefined && recipe.models !== undefined;

async function composedModel(recipe: ChainRecipe, { signal, logger }: Pick<Context, 'signal' | 'logger'>): Promise<string> {
  return kept(recipe, async (file, models) => {
    const files = new Map<string, string>();
    for (const [alias, model] of models) {
      throwIfCancelled(signal);
      files.set(alias, await fileOf(alias, model, path.dirname(file), { signal, logger }));
    }
    await writeModel(await composeFiles(recipe.chain, files, recipe.data.input), file);
    // New networks are in the whole now.
    for (const [alias, model] of models) if ('new' in model) await rm(files.get(alias)!, { force: true });
  });
}

/** Keeps what a run has composed for other jobs and for views, which know the whole by that place. Throws `disk.*`, `model.*`. */
export async function keepComposed(recipe: ResolvedRecipe, composed: string): Promise<void> {
  if (isChain(recipe)) await kept(recipe, async (file) => writeModel(await readModel(composed), file));
}

type Models = readonly (readonly [alias: string, model: ResolvedModel])[];

/** The composed file of a recipe, which `write` makes where there is none of the models as they are. */
async function kept(recipe: ChainRecipe, write: (file: string, models: Models) => Promise<void>): Promise<string> {
  const file = composedFile(recipe);
  await makeFolder(path.dirname(file));
  const models = Object.entries(recipe.models).filter(([alias]) => recipe.chain.some((link) => link.alias === alias));
  const parts = await Promise.all(models.map(async ([alias, model]) => [alias, await contentOf(model)] as const));
  const content = canonicalJson({
    lathe: latheVersion,
    chain: recipe.chain,
    models: Object.fromEntries(parts),
    input: recipe.data.input ?? null,
  });
  const noteFile = path.join(path.dirname(file), composedNote);
  if (await isIntact(file, content, await readNote(noteFile))) return file;
  await write(file, models);
  const { sha256 } = await hashModel(file);
  await writeJsonAtomic(noteFile, { content, sha256 } satisfies Note);
  return file;
}

/** A file is what it holds; a network follows from its settings. */
const contentOf = async (model: ResolvedModel): Promise<unknown> => ('model' in model ? (await hashModel(model.model)).sha256 : model);

async function fileOf(
  alias: string,
  model: ResolvedModel,
  folder: string,
  { signal, logger }: Pick<Context, 'signal' | 'logger'>,
): Promise<string> {
  if ('model' in model) return model.model;
  const made = await newModel(model, { signal });
  for (const warning of made.warnings) logger.warn(warning);
  const file = path.join(folder, `${alias}.part.onnx`);
  await writeModel(made.model, file);
  return file;
}

const isIntact = async (file: string, content: string, note: Partial<Note>): Promise<boolean> =>
  note.content === content && (await hashModel(file).catch(() => undefined))?.sha256 === note.sha256;

/** Empty where there is none, or a damaged one. */
async function readNote(file: string): Promise<Partial<Note>> {
  try {
    const value = parseJson(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
