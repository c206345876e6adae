import { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox';
import { inputSettings } from '../data/source.ts';
import type { ModelFacts } from './facts/types.ts';
import type { Recipe, RecipeModel, ResolvedRecipe } from './types.ts';

const of = inputSettings.properties;
const closed = { additionalProperties: false };

/** How an output of one model becomes an input of the next: the words of `data.input`, and where it comes from. */
export const seamSettings = Type.Object(
  {
    from: Type.String({
      pattern: '^[^.\\s]+([.].+)?$',
      description:
        'Output of a model before it, as `alias.output`; `alias` alone where it has one. An input of that model may be named as well: both then take the same.',
      examples: ['enhance.enhanced', 'enhance'],
    }),
    color: { ...of.color, description: 'Order of the channels that this model takes. By default as they come.' } as typeof of.color,
    scale: { ...of.scale, description: 'What comes is multiplied by this first.' } as typeof of.scale,
    mean: of.mean,
    std: of.std,
    resize: { ...of.resize, description: 'By default what comes must have the size that the model takes.' } as typeof of.resize,
    crop: of.crop,
    layout: of.layout,
  },
  { ...closed, title: 'an input from a model before it', description: 'How an output of a model before becomes this input.' },
);

export type SeamDeclaration = Static<typeof seamSettings>;

/** Of a model in `models`: one declaration, or one for each input by name. */
export const modelInputSetting = (strict: (schema: TObject) => TObject): TSchema =>
  Type.Optional(
    Type.Union([strict(seamSettings), Type.Record(Type.String(), strict(seamSettings))], {
      description:
        'In a `chain`: what the model takes from a model before it; a map by input name if there are several. The first model takes the pictures.',
    }),
  );

/** Of a model in `models`. */
export const perChannelSetting = Type.Optional(
  Type.Boolean({
    default: false,
    description:
      'In a `chain`: the model, which takes pictures of one channel, runs on each channel of what comes by itself, and what it makes of them lies side by side again. So a denoiser for gray pictures does coloured ones.',
  }),
);

/** An input with where it comes from. Plain data. */
export interface ResolvedSeam extends Omit<SeamDeclaration, 'from'> {
  readonly from: { readonly alias: string; readonly value: string };
}

/** A model of a chain, in order. */
export interface ResolvedLink {
  readonly alias: string;
  /** By input name. */
  readonly seams: Readonly<Record<string, ResolvedSeam>>;
  /** It runs on each channel of what comes by itself. */
  readonly perChannel?: true;
}

/** Name in the whole of a layer or value of one of its models; in `layers` it is written the same. */
export const nameInChain = (alias: string, name: string): string => (name === '' ? '' : `${alias}:${name}`);

/** `input` of a model is one declaration, or a map of them by input name. */
export function seamsOf(
  input: SeamDeclaration | Readonly<Record<string, SeamDeclaration>> | undefined,
  facts: ModelFacts | undefined,
): Record<string, SeamDeclaration> {
  if (input === undefined) return {};
  if (!isSeam(input)) return { ...input };
  const only = facts?.inputs.length === 1 ? facts.inputs[0]!.name : undefined;
  return only === undefined ? {} : { [only]: input };
}

export const isSeam = (input: SeamDeclaration | Readonly<Record<string, SeamDeclaration>>): input is SeamDeclaration =>
  typeof input.from === 'string';

/** `alias.output`, or `alias` of a model with one output; undefined: there is no such value. */
export function sourceOf(from: string, models: ReadonlyMap<string, ModelFacts | undefined>): { alias: string; value: string } | undefined {
  const dot = from.indexOf('.');
  const alias = dot < 0 ? from : from.slice(0, dot);
  const facts = models.get(alias);
  if (!facts) return undefined;
  if (dot < 0) return facts.outputs.length === 1 ? { alias, value: facts.outputs[0]!.name } : undefined;
  const value = from.slice(dot + 1);
  return [...facts.outputs, ...facts.inputs].some(({ name }) => name === value) ? { alias, value } : undefined;
}

/** The chain of a recipe that its rules found nothing wrong with; undefined: it has none. */
export function resolveChain(recipe: Recipe, models: ReadonlyMap<string, ModelFacts | undefined>): ResolvedLink[] | undefined {
  return recipe.chain?.map((alias) => {
    const entry = recipe.models?.[alias];
    const declared = entry && 'model' in entry ? seamsOf(entry.input, models.get(alias)) : {};
    const seams = Object.entries(declared).flatMap(([name, seam]): [string, ResolvedSeam][] => {
      const from = sourceOf(seam.from, models);
      return from ? [[name, { ...seam, from }]] : [];
    });
    const perChannel = entry && 'model' in entry && entry['per-channel'] === true;
    return { alias, seams: Object.fromEntries(seams), ...(perChannel ? { perChannel } : {}) };
  });
}

/** `models` and `chain` as a recipe writes them, of one that was resolved. */
export function writtenChain({
  models = {},
  chain,
}: {
  models?: Readonly<Record<string, RecipeModel>>;
  chain?: ResolvedRecipe['chain'];
}): Pick<Recipe, 'models' | 'chain'> {
  const links = new Map(chain?.map((link) => [link.alias, link]));
  const entries = Object.entries(models).map(([alias, entry]): [string, RecipeModel] => {
    const { seams = {}, perChannel } = links.get(alias) ?? {};
    const inputs = Object.entries(seams).map(([name, { from, ...seam }]) => [name, { from: `${from.alias}.${from.value}`, ...seam }]);
    if (!('model' in entry)) return [alias, entry];
    const input = Object.fromEntries(inputs) as Record<string, SeamDeclaration>;
    return [alias, { ...entry, ...(perChannel ? { 'per-channel': true } : {}), ...(inputs.length ? { input } : {}) }];
  });
  return { models: Object.fromEntries(entries), ...(chain ? { chain: chain.map(({ alias }) => alias) } : {}) };
}
