import { newModel } from '../architectures/make.ts';
import { LatheError } from '../base/errors.ts';
import { writeModel } from '../onnx/file.ts';
import type { ResolvedLink } from '../recipe/chain.ts';
import { mainAlias } from '../recipe/models.ts';
import type { DataUse, ResolvedModel, ResolvedRecipe, ResolvedStep } from '../recipe/types.ts';
import { composeFiles } from './chain/compose-files.ts';
import { keepComposed } from './chain/recipe-model.ts';
import { hashModel, type HashedFile } from './hash.ts';
import { openRunData, type RunData } from './run-data.ts';
import type { RunSession } from './session.ts';
import { openSource, type Source } from './source.ts';

/** What the whole of a chain is called in names of files. */
export const chainName = 'chain';

/** A model of the recipe with its pictures, which are made as its own input wants them. */
export interface Track {
  /** Absent for the only model of a recipe. */
  readonly alias?: string;
  readonly source: Source;
  readonly data: RunData;
}

/** All models of a recipe. */
export interface Tracks {
  readonly all: readonly Track[];
  /** The one whose figures the run gives: the last step works on it. */
  readonly main: Track;
}

/** Reads the recipe's models; new ones are made in the run folder first. Throws `model.*`, `architecture.*`, `data.*`, and Cancelled. */
export async function openTracks(
  session: RunSession,
  recipe: ResolvedRecipe,
  steps: readonly ResolvedStep[],
  uses: readonly DataUse[],
): Promise<Tracks> {
  const open = async (file: string, alias?: string): Promise<Track> => {
    const source = await openSource(file);
    const data = await openRunData(source.model, recipe, uses, session.context);
    return { ...(alias === undefined ? {} : { alias }), source, data };
  };
  if (recipe.model !== undefined) {
    const only = await open(recipe.model);
    return { all: [only], main: only };
  }
  const models = Object.entries(recipe.models ?? {});
  // What the steps cost is known once their models are there.
  const made = models.flatMap(([alias, model]) => ('new' in model ? [newStage(alias)] : []));
  session.plan([...made, ...(recipe.chain ? [composeStage] : [])].map((name) => ({ name, weight: 1 })));
  if (recipe.chain) {
    const whole = await open(await composed(session, recipe, recipe.chain));
    return { all: [whole], main: whole };
  }
  const all: Track[] = [];
  for (const [alias, model] of models) all.push(await open(await fileOf(session, alias, model), alias));
  const main = all.find(({ alias }) => alias === mainAlias({ ...recipe, steps }));
  if (!main) throw new LatheError('recipe.on', 'the recipe names no model that its last step could work on', { file: recipe.file });
  return { all, main };
}

const composeStage = 'compose';

/** The models of a chain as one file of the run folder. */
async function composed(session: RunSession, recipe: ResolvedRecipe, links: readonly ResolvedLink[]): Promise<string> {
  const files = new Map<string, string>();
  for (const { alias } of links) files.set(alias, await fileOf(session, alias, recipe.models![alias]!));
  const hashes = await Promise.all([...files.values()].map(async (file) => (await hashModel(file)).sha256));
  const file = session.folder.file('models', `${chainName}.onnx`);
  await session.stage<HashedFile>({
    name: composeStage,
    parts: { links, hashes, input: recipe.data.input ?? null },
    work: async () => {
      await writeModel(await composeFiles(links, files, recipe.data.input), file);
      return hashModel(file);
    },
    isIntact: async ({ sha256 }) => (await hashModel(file).catch(() => undefined))?.sha256 === sha256,
  });
  await keepComposed(recipe, file);
  return file;
}

const newStage = (alias: string): string => `new ${alias}`;

async function fileOf(session: RunSession, alias: string, model: ResolvedModel): Promise<string> {
  if ('model' in model) return model.model;
  const file = session.folder.file('models', `${alias}.onnx`);
  await session.stage<HashedFile>({
    name: newStage(alias),
    parts: model,
    work: async ({ signal }) => {
      const made = await newModel(model, { signal });
      for (const warning of made.warnings) session.context.logger.warn(warning);
      await writeModel(made.model, file);
      return hashModel(file);
    },
    isIntact: async ({ sha256 }) => (await hashModel(file).catch(() => undefined))?.sha256 === sha256,
  });
  return file;
}

/** The model that a step works on. */
export function trackOf({ all }: Tracks, { on }: Pick<ResolvedStep, 'on'>): Track {
  const track = all.find(({ alias }) => alias === on);
  if (track) return track;
  throw new LatheError('recipe.on', `there is no model ${JSON.stringify(on ?? '')} in this recipe`);
}
