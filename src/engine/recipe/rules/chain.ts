import { isSeam, seamsOf, sourceOf, type SeamDeclaration } from '../chain.ts';
import type { Issue, Path } from '../check.ts';
import type { ModelFacts } from '../facts/types.ts';
import { nearest, suggestion } from '../nearest.ts';
import { known } from '../world.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Models that run one after another: which, in which order, and what each takes from those before it. */
export const chain: Rule = {
  kinds: [
    {
      code: 'recipe.chain',
      severity: 'error',
      title: 'A chain that cannot be put together',
      text: '`chain` lists models of `models` in the order in which they run. Every model but the first says at `input.from` which output of a model before it it takes.',
      example:
        'models:\n  enhance: { model: model.onnx }\n  detect: { model: model.onnx, input: { from: enhanse } }\nchain: [enhance, detect]',
    },
  ],
  *check(context) {
    const { recipe } = context;
    if (recipe.chain === undefined) {
      yield* inputsWithoutChain(context);
      return;
    }
    yield* members(context);
    const facts = new Map([...context.models].map(([alias, { facts: of }]) => [alias, known(of)]));
    const order = [...new Set(recipe.chain)];
    for (const [place, alias] of order.entries()) yield* inputsOf(context, alias, order.slice(0, place), facts);
  },
};

const error = (path: Path, at: Issue['at'], message: string, fix?: string): Issue => ({
  path,
  at,
  severity: 'error',
  code: 'recipe.chain',
  message,
  ...(fix === undefined ? {} : { fix }),
});

function* inputsWithoutChain({ recipe, unsure }: RuleContext): Generator<Issue> {
  if (unsure(['chain'])) return;
  for (const [alias, entry] of Object.entries(recipe.models ?? {}))
    if ('model' in entry && entry.input !== undefined)
      yield error(
        ['models', alias, 'input'],
        'key',
        '`input` says what a model of a `chain` takes from one before it, and there is no `chain`',
      );
    else if ('model' in entry && entry['per-channel'] === true)
      yield error(
        ['models', alias, 'per-channel'],
        'key',
        '`per-channel` says how a model of a `chain` takes its pictures, and there is no `chain`',
      );
}

function* members({ recipe, aliases, unsure }: RuleContext): Generator<Issue> {
  const listed = recipe.chain ?? [];
  if (recipe.models === undefined) {
    if (!unsure(['models'])) yield error(['chain'], 'key', 'a chain is made of `models`, and there are none');
    return;
  }
  if (unsure(['models'])) return;
  for (const [place, alias] of listed.entries()) {
    const path = ['chain', place];
    const near = nearest(alias, aliases);
    if (!aliases.includes(alias)) {
      yield error(
        path,
        'value',
        `there is no model ${JSON.stringify(alias)}${suggestion(near) || `; there are ${aliases.join(', ')}`}`,
        near,
      );
    } else if (listed.indexOf(alias) < place) yield error(path, 'value', `${alias} stands in the chain twice`);
  }
  for (const alias of aliases)
    if (!listed.includes(alias) && !unsure(['chain']))
      yield error(['models', alias], 'key', `${alias} is not in the chain, and a recipe with a chain has no other models`);
}

function* inputsOf(
  { recipe, unsure }: RuleContext,
  alias: string,
  before: readonly string[],
  facts: ReadonlyMap<string, ModelFacts | undefined>,
): Generator<Issue> {
  const entry = recipe.models?.[alias];
  const path: Path = ['models', alias, 'input'];
  if (!entry || unsure(path)) return;
  const declared = 'model' in entry ? entry.input : undefined;
  if (declared === undefined) {
    if (before.length)
      yield error(
        ['models', alias],
        'key',
        `${alias} does not say what it takes from the models before it: input: { from: ${before.at(-1)} }`,
      );
    return;
  }
  const own = facts.get(alias);
  if (isSeam(declared) && own && own.inputs.length !== 1) {
    yield error(
      path,
      'key',
      `${alias} has ${own.inputs.length} inputs (${own.inputs.map(({ name }) => name).join(', ')}): say of each by its name where it comes from`,
    );
    return;
  }
  for (const [name, seam] of Object.entries(isSeam(declared) ? { '': declared } : seamsOf(declared, own))) {
    const at = name === '' ? path : [...path, name];
    if (name !== '' && own && !own.inputs.some((input) => input.name === name)) {
      const names = own.inputs.map((input) => input.name);
      yield error(
        at,
        'key',
        `${alias} has no input ${JSON.stringify(name)}${suggestion(nearest(name, names)) || `; it has ${names.join(', ')}`}`,
        nearest(name, names),
      );
    }
    yield* sourceIssues([...at, 'from'], alias, seam, before, facts);
  }
}

function* sourceIssues(
  path: Path,
  alias: string,
  { from }: SeamDeclaration,
  before: readonly string[],
  facts: ReadonlyMap<string, ModelFacts | undefined>,
): Generator<Issue> {
  const source = from.split('.')[0]!;
  if (!before.includes(source)) {
    const near = nearest(source, before);
    const why =
      source === alias ? 'a model does not take its own output' : `no model ${JSON.stringify(source)} stands before ${alias} in the chain`;
    yield error(path, 'value', `${why}${suggestion(near)}`, near === undefined ? undefined : from.replace(source, near));
    return;
  }
  const known = facts.get(source);
  if (!known || sourceOf(from, facts)) return;
  const outputs = known.outputs.map(({ name }) => `${source}.${name}`);
  const near = nearest(from, outputs);
  const what =
    from === source
      ? `${source} has ${outputs.length} outputs: say which`
      : `${source} has no output ${JSON.stringify(from.slice(source.length + 1))}`;
  yield error(path, 'value', `${what}${suggestion(near) || `; there are ${outputs.slice(0, 8).join(', ')}`}`, near);
}
