import type { Context } from '../base/context.ts';
import { openDataset, type DatasetRequest } from '../data/dataset.ts';
import { pictureInput, resolveInputSettings } from '../data/input-settings.ts';
import type { DataSource, DecodeDeclaration, InputDeclaration, TrainingSource } from '../data/source.ts';
import type { Dataset, InputSettings, ModelInput } from '../data/types.ts';
import { DataType } from '../onnx/data-type.ts';
import type { Model } from '../onnx/graph.ts';
import { isInputMap } from '../recipe/input-map.ts';
import type { DataUse, ResolvedRecipe } from '../recipe/types.ts';
import { remainingPictures, tooFewToSplit, validationPictures, type PictureChoice } from './validation.ts';

export type InputDeclarations = InputDeclaration | Record<string, InputDeclaration> | undefined;

/** Inputs that a caller feeds, as the data room sees them. */
export function modelInputs(model: Model): ModelInput[] {
  return model.graph.requiredInputs.map(({ name, type }) => ({
    name,
    type: type?.kind === 'tensor' ? type.elementType : DataType.undefined,
    shape: (type?.kind === 'tensor' ? type.shape : undefined) ?? [],
  }));
}

/** The declaration for one input: `data.input` is one declaration, or one for each input by name. */
function declarationFor(input: InputDeclarations, name: string): InputDeclaration | undefined {
  return input && isInputMap(input) ? input[name] : (input as InputDeclaration | undefined);
}

/** Arrays are fed as they are stored; everything else is a picture. */
const holdsArrays = (source: DataSource): boolean => /\.np[yz]$/i.test(source.path);

export interface DataRequest {
  readonly source: TrainingSource;
  /** Relative paths and label files begin here; absolute. */
  readonly folder: string;
  readonly input: InputDeclarations;
  readonly seed: number;
  /** All of the source by default. */
  readonly part?: DatasetRequest['part'];
  readonly atMost?: boolean;
}

/** Opens data for a model; what `input` leaves open comes from the model's own metadata and shape. Throws `data.*`. */
export async function openFor(model: Model, request: DataRequest, context: Context): Promise<Dataset> {
  const { source, folder, seed, part, atMost } = request;
  const modelInput = pictureInput(modelInputs(model));
  const input = holdsArrays(source) ? undefined : settingsFor(model, modelInput, request.input);
  return openDataset({ source, folder, input, modelInput, seed, ...(part ? { part } : {}), ...(atMost ? { atMost } : {}) }, context);
}

const settingsFor = (model: Model, modelInput: ModelInput, input: InputDeclarations): InputSettings =>
  resolveInputSettings(declarationFor(input, modelInput.name), modelInput, model.metadata);

export interface RunData {
  readonly train?: Dataset;
  readonly calibration?: Dataset;
  /** What choices look at; the pictures are in none of the others. */
  readonly validation?: Dataset;
  readonly test?: Dataset;
  /** How pictures become the model's input; absent when no pictures are read and nothing is declared. */
  readonly settings?: InputSettings;
  /** How the outputs become boxes, where the recipe says so of any of its pictures: they are those of one model. */
  readonly decode?: DecodeDeclaration;
}

/**
 * Opens what the recipe names and the job needs (`uses`). Pictures for validation leave the source they are cut from only where they are
 * needed: a job that chooses nothing keeps them all. Throws `data.*`.
 */
export async function openRunData(model: Model, recipe: ResolvedRecipe, uses: readonly DataUse[], context: Context): Promise<RunData> {
  const opened: Partial<Record<DataUse, Dataset>> = {};
  let pictures = recipe.data.input !== undefined;
  for (const use of uses) {
    const choice = picturesFor(recipe, use, uses.includes('validation'));
    if (!choice) continue;
    const request = { ...choice, folder: recipe.folder, input: recipe.data.input, seed: recipe.seed };
    opened[use] = await openFor(model, request, context);
    if (choice.part && opened[use].samples.length === 0) throw tooFewToSplit(choice.source.path);
    pictures ||= !holdsArrays(choice.source);
  }
  const decode = decodeOf(recipe);
  return {
    ...opened,
    ...(decode ? { decode } : {}),
    ...(pictures ? { settings: settingsFor(model, pictureInput(modelInputs(model)), recipe.data.input) } : {}),
  };
}

function decodeOf({ data }: ResolvedRecipe): DecodeDeclaration | undefined {
  const validation = data.validation?.kind === 'path' ? data.validation.source : undefined;
  return [data.train, validation, data.calibration, data.test].find((source) => source?.decode)?.decode;
}

function picturesFor(recipe: ResolvedRecipe, use: DataUse, validates: boolean): PictureChoice | undefined {
  if (use === 'validation') return validationPictures(recipe);
  if (use === 'test') return recipe.data.test && { source: recipe.data.test };
  const choice = remainingPictures(recipe, use);
  if (!choice || validates) return choice;
  const { part: _, ...whole } = choice;
  return whole;
}
