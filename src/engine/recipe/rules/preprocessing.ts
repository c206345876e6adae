import { LatheError } from '../../base/errors.ts';
import { contradictions, resolveInputSettings } from '../../data/input-settings.ts';
import type { InputDeclaration } from '../../data/source.ts';
import type { ModelInput } from '../../data/types.ts';
import type { Issue, Path } from '../check.ts';
import type { ModelFacts } from '../facts/types.ts';
import { seamsOf } from '../chain.ts';
import { isInputMap } from '../input-map.ts';
import { nearest, suggestion } from '../nearest.ts';
import { known } from '../world.ts';
import type { Fix } from '../fix.ts';
import type { Rule, RuleContext } from './rule.ts';

/**
 * Whether it is known how pictures become the model's input: from the recipe, from the model's own metadata and its shape, and from
 * nowhere else (recipe.md, "No silent preprocessing").
 */
export const preprocessing: Rule = {
  kinds: [
    {
      code: 'recipe.preprocessing',
      severity: 'warning',
      title: 'Preprocessing that is missing or does not fit the model',
      text: 'How a picture becomes the input is never guessed: `color`, `scale`, `mean` and `std` under `data.input` have to be those that the model was trained with. `scale` comes first, then `mean`, then `std`; a model that takes raw 0 to 255 has `scale: 1, mean: 0, std: 1`. A run refuses to begin without them; models written by Lathe carry them.',
      example: 'data:\n  calibration: { path: pictures }',
    },
    {
      code: 'recipe.contradicts-model',
      severity: 'warning',
      title: 'Preprocessing that contradicts the model',
      text: 'The model carries the preprocessing that it was made with (`lathe.input` in its metadata), and the recipe says otherwise. Leave the key out to take what the model says.',
    },
    {
      code: 'recipe.input',
      severity: 'error',
      title: 'An input that the model does not have',
      text: 'With several inputs `data.input` is a map by their names.',
      example: 'data:\n  input:\n    imput: { color: rgb, scale: 1/255, mean: 0, std: 1 }',
    },
  ],
  *check(context) {
    const issues = context.models.size
      ? [...context.models].flatMap(([alias, { facts }]) => checkInput(context, picturesOf(context, alias, known(facts))))
      : checkInput(context, undefined);
    // What is wrong with several models is said once.
    yield* new Map(issues.map((issue) => [JSON.stringify([issue.path, issue.message]), issue])).values();
  },
};

/** The model with those of its inputs alone that pictures come to: in a chain the others come from models before it. */
function picturesOf({ recipe }: RuleContext, alias: string, model: ModelFacts | undefined): ModelFacts | undefined {
  const entry = recipe.models?.[alias];
  if (!recipe.chain || !model || !entry || !('model' in entry)) return model;
  const seams = seamsOf(entry.input, model);
  const inputs = model.inputs.filter(({ name }) => !Object.hasOwn(seams, name));
  const input = recipe.data?.input;
  const isGray = input !== undefined && !isInputMap(input) && input.color === 'gray';
  return { ...model, inputs: entry['per-channel'] && !isGray ? inputs.map(ofColors) : inputs };
}

/** The input of a model that each channel of the picture passes by itself. */
const ofColors = (input: ModelInput): ModelInput => ({ ...input, shape: input.shape.map((dim, at) => (at > 0 && dim === 1 ? 3 : dim)) });

function checkInput(context: RuleContext, model: ModelFacts | undefined): Issue[] {
  const { recipe, data } = context;
  const input = recipe.data?.input;
  const byName = input !== undefined && isInputMap(input);
  const declared = (name: string): InputDeclaration => (byName ? (input[name] ?? {}) : ((input as InputDeclaration | undefined) ?? {}));
  const place = (name: string): Path => (byName && input[name] ? ['data', 'input', name] : ['data', 'input']);
  if (context.unsure(['data', 'input'])) return [];
  const readsPictures = [data.train, data.calibration, data.test].some((source) => source && !/\.np[yz]$/i.test(source.path));
  if (!model) return readsPictures && !byName && isWithoutModels(context) ? missingKeys(declared(''), context) : [];
  const unknown = byName ? unknownInputs(Object.keys(input), model.inputs) : [];
  if (!readsPictures) return unknown;
  return [...unknown, ...model.inputs.flatMap((one) => checkOne(declared(one.name), one, place(one.name), model, context))];
}

/** Of models that are being read yet nobody knows what they will say of themselves. */
const isWithoutModels = ({ models }: RuleContext): boolean => [...models.values()].every(({ facts }) => facts.state === 'problem');

function checkOne(declared: InputDeclaration, input: ModelInput, path: Path, model: ModelFacts, context: RuleContext): Issue[] {
  const metadata = new Map(Object.entries(model.metadata));
  try {
    resolveInputSettings(declared, input, metadata);
    return contradictions(declared, input, metadata).map((key) => ({
      path: [...path, key],
      at: 'value',
      severity: 'warning',
      code: 'recipe.contradicts-model',
      message: `${key} is not what the model says of itself (its metadata, lathe.input): a wrong or doubled normalisation costs accuracy silently`,
      fixes: [{ title: `Take ${key} from the model`, changes: [{ kind: 'remove', path: [...path, key] }] }],
    }));
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    const severity = context.for === 'run' || error.code !== 'data.input' ? 'error' : 'warning';
    const { hint } = error.place;
    const message = hint ? `${error.message}. ${hint}` : error.message;
    return [{ path, at: 'key', severity, code: 'recipe.preprocessing', message, fixes: usualSettings(declared, path, input) }];
  }
}

/** Without the model at hand: what it could say of itself is not known either. */
function missingKeys(declared: InputDeclaration, context: RuleContext): Issue[] {
  const missing = (['color', 'scale', 'mean', 'std'] as const).filter((key) => declared[key] === undefined);
  if (missing.length === 0) return [];
  const path = ['data', 'input'];
  const message = `how pictures become the model's input is never guessed: data.input needs ${missing.join(', ')}`;
  const severity = context.for === 'run' ? 'error' : 'warning';
  return [{ path, at: 'key', severity, code: 'recipe.preprocessing', message, fixes: usualSettings(declared, path) }];
}

/** Sets what is missing as the two usual ways of training have it: which of them it was is for the reader to say. */
function usualSettings(declared: InputDeclaration, path: Path, input?: ModelInput): Fix[] {
  if (input && [input.shape[1], input.shape[3]].includes(1)) {
    return [fixFor('Fill in as for gray pictures from 0 to 1', { color: 'gray', scale: '1/255', mean: 0, std: 1 }, declared, path)];
  }
  const imagenet = { color: 'rgb', scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  return [
    fixFor('Fill in as ImageNet models of torchvision have it', imagenet, declared, path),
    fixFor('Fill in as for pictures from 0 to 1', { color: 'rgb', scale: '1/255', mean: 0, std: 1 }, declared, path),
    fixFor('Fill in as for raw values from 0 to 255', { color: 'rgb', scale: 1, mean: 0, std: 1 }, declared, path),
  ];
}

const fixFor = (title: string, values: Record<string, unknown>, declared: InputDeclaration, path: Path): Fix => ({
  title,
  changes: Object.entries(values)
    .filter(([key]) => declared[key as keyof InputDeclaration] === undefined)
    .map(([key, value]) => ({ kind: 'set', path: [...path, key], value })),
});

function unknownInputs(named: readonly string[], inputs: readonly ModelInput[]): Issue[] {
  const names = inputs.map((input) => input.name);
  return named
    .filter((name) => !names.includes(name))
    .map((name): Issue => {
      const near = nearest(name, names);
      const message = `the model has no input ${JSON.stringify(name)}${suggestion(near) || `; it has ${names.join(', ')}`}`;
      const fix = near === undefined ? {} : { fix: near };
      return { path: ['data', 'input', name], at: 'key', severity: 'error', code: 'recipe.input', message, ...fix };
    });
}
