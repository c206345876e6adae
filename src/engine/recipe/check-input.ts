import { LatheError } from '../base/errors.ts';
import { contradictions, resolveInputSettings } from '../data/input-settings.ts';
import type { InputDeclaration } from '../data/source.ts';
import type { ModelInput } from '../data/types.ts';
import type { ValueInfo } from '../onnx/graph.ts';
import type { Issue, Path } from './check.ts';
import { isInputMap } from './input-map.ts';
import { nearest, suggestion } from './nearest.ts';
import type { ResolveRequest } from './resolve.ts';
import type { Recipe, ResolvedRecipe } from './types.ts';

/** `checkInput` for the recipe's model or for each of its models; what is wrong with several of them is said once. */
export function checkInputs(recipe: Recipe, data: ResolvedRecipe['data'], request: ResolveRequest): Issue[] {
  if (!recipe.models) return checkInput(recipe, data, request);
  const issues = [...(request.models ?? [])].flatMap(([, model]) => checkInput(recipe, data, { ...request, model }));
  return [...new Map(issues.map((issue) => [JSON.stringify([issue.path, issue.message]), issue])).values()];
}

/**
 * Whether it is known how pictures become the model's input: from the recipe, from the model's own metadata and its shape, and from
 * nowhere else (recipe.md, "No silent preprocessing"). What is missing stops a run and is a warning in `validate`.
 */
function checkInput(recipe: Recipe, data: ResolvedRecipe['data'], request: ResolveRequest): Issue[] {
  const input = recipe.data?.input;
  const byName = input !== undefined && isInputMap(input);
  const declared = (name: string): InputDeclaration => (byName ? (input[name] ?? {}) : ((input as InputDeclaration | undefined) ?? {}));
  const place = (name: string): Path => (byName && input[name] ? ['data', 'input', name] : ['data', 'input']);
  const { train, calibration, test } = data;
  const readsPictures = [train, calibration, test].some((source) => source && !/\.np[yz]$/i.test(source.path));
  if (!request.model) return readsPictures && !byName ? missingKeys(declared(''), request) : [];
  const inputs = request.model.graph.requiredInputs;
  const issues = byName ? unknownInputs(Object.keys(input), inputs) : [];
  if (!readsPictures) return issues;
  const pictures = inputs.flatMap((value) => modelInput(value) ?? []);
  for (const one of pictures) issues.push(...checkOne(declared(one.name), one, place(one.name), request));
  return issues;
}

function modelInput(value: ValueInfo): ModelInput | undefined {
  if (value.type?.kind !== 'tensor' || !value.type.shape) return undefined;
  return { name: value.name, type: value.type.elementType, shape: value.type.shape };
}

function checkOne(declared: InputDeclaration, input: ModelInput, path: Path, request: ResolveRequest): Issue[] {
  const metadata = request.model?.metadata ?? new Map<string, string>();
  try {
    resolveInputSettings(declared, input, metadata);
    return contradictions(declared, input, metadata).map((key) => ({
      path: [...path, key],
      at: 'value',
      severity: 'warning',
      code: 'recipe.contradicts-model',
      message: `${key} is not what the model says of itself (its metadata, lathe.input): a wrong or doubled normalisation costs accuracy silently`,
    }));
  } catch (error) {
    if (!(error instanceof LatheError)) throw error;
    const severity = request.for === 'run' || error.code !== 'data.input' ? 'error' : 'warning';
    const { hint } = error.place;
    return [{ path, at: 'key', severity, code: 'recipe.preprocessing', message: hint ? `${error.message}. ${hint}` : error.message }];
  }
}

/** Without the model at hand: what it could say of itself is not known either. */
function missingKeys(declared: InputDeclaration, request: ResolveRequest): Issue[] {
  const missing = (['color', 'scale', 'mean', 'std'] as const).filter((key) => declared[key] === undefined);
  if (missing.length === 0) return [];
  const message = `how pictures become the model's input is never guessed: data.input needs ${missing.join(', ')}`;
  const severity = request.for === 'run' ? 'error' : 'warning';
  return [{ path: ['data', 'input'], at: 'key', severity, code: 'recipe.preprocessing', message }];
}

function unknownInputs(named: readonly string[], inputs: readonly ValueInfo[]): Issue[] {
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
