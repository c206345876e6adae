import path from 'node:path';
import type { Issue, Path } from '../check.ts';
import type { Known } from '../facts/types.ts';
import { modelFiles } from '../model-paths.ts';
import { nearest, suggestion } from '../nearest.ts';
import { dataUses, type ResolvedSource } from '../types.ts';
import { known } from '../world.ts';
import type { Rule, RuleContext } from './rule.ts';

/** Models and pictures that are not there, or cannot be read. */
export const missingPath: Rule = {
  kinds: [
    {
      code: 'recipe.no-such-path',
      severity: 'warning',
      title: 'A file or folder that is not there',
      text: 'Paths are relative to the file of the recipe. A run cannot begin without them; while a recipe is written, pictures may still come.',
      example: 'data:\n  calibration: { path: pictrues }',
    },
    {
      code: 'recipe.unreadable-data',
      severity: 'warning',
      title: 'Pictures that cannot be read as the recipe says',
      text: 'The place is there, but holds no pictures, or its label file is missing or has a mistake. The message says which.',
    },
    {
      code: 'facts.untrusted',
      severity: 'info',
      title: 'Something outside of the workspace',
      text: 'While a workspace is not trusted, nothing outside of its folders and nothing on the network is read: what a recipe names there stays unchecked. Trust the workspace to have it checked.',
    },
    {
      code: 'model.unreadable',
      severity: 'error',
      title: 'A model that cannot be read',
      text: 'The file is missing, is no ONNX model, or breaks the rules of the format. Its own code (`file.read`, `model.…`, `graph.…`) says which; `lathe inspect` tells more.',
    },
  ],
  *check(context) {
    for (const { facts, path: at, file } of context.models.values()) yield* unreadableModel(context, facts, at, file);
    for (const { declaration, written, path: at } of context.steps) {
      for (const [key, file] of modelFiles(declaration, written, context.aliases)) {
        const full = path.resolve(context.folder, file);
        if (![...context.models.values()].some((model) => model.file === full))
          yield* missingModel(context, context.world.model(full), [...at, key], file, full);
      }
    }
    for (const use of dataUses) {
      const source = context.recipe.data?.[use];
      if (source && 'path' in source) yield* missingSource(context, source, ['data', use, 'path']);
    }
  },
};

/** What facts say of places that they may not look at. */
const untrusted = 'facts.untrusted';

const unchecked = (path: Path, message: string): Issue => ({ path, at: 'value', severity: 'info', code: untrusted, message });

/** The model that everything is about: nothing runs without it. */
function* unreadableModel(context: RuleContext, facts: Known<unknown>, at: Path, file: string | undefined): Generator<Issue> {
  if (facts.state !== 'problem') return;
  if (facts.code === untrusted) return yield unchecked(at, facts.message);
  const near = file === undefined ? undefined : nearFile(context, file);
  const fix = near === undefined ? {} : { fix: near };
  yield { path: at, at: 'value', severity: 'error', code: facts.code, message: `${facts.message}${suggestion(near)}`, ...fix };
}

function* missingModel(context: RuleContext, facts: Known<unknown>, at: Path, written: string, full: string): Generator<Issue> {
  if (facts.state !== 'problem') return;
  if (facts.code === untrusted) return yield unchecked(at, facts.message);
  yield noSuchPath(context, at, written, full, isMissing(context, full) ? undefined : facts.message);
}

function* missingSource(context: RuleContext, source: ResolvedSource, at: Path): Generator<Issue> {
  const full = path.resolve(context.folder, source.path);
  const facts = context.world.data(full, source.labels);
  if (facts.state !== 'problem') return;
  if (facts.code === untrusted) return yield unchecked(at, facts.message);
  if (isMissing(context, full)) return yield noSuchPath(context, at, source.path, full);
  const table = facts.code === 'data.labels' ? source.labels : undefined;
  const near = table === undefined ? undefined : nearLabels(context, full, table);
  yield {
    path: table === undefined ? at : [...at.slice(0, -1), 'labels'],
    at: 'value',
    severity: 'warning',
    code: 'recipe.unreadable-data',
    message: `${JSON.stringify(source.path)}: ${facts.message}${suggestion(near)}`,
    ...(near === undefined ? {} : { fix: near }),
  };
}

/** The label file that was probably meant: they are looked for beside the recipe, then in the data's folder. */
function nearLabels({ world, folder }: RuleContext, full: string, written: string): string | undefined {
  const names = [folder, full].flatMap((place) => known(world.folder(place)) ?? []);
  return names.includes(written) ? undefined : nearest(written, names);
}

/** `reason`: it is there, and cannot be used all the same. */
function noSuchPath(context: RuleContext, at: Path, written: string, full: string, reason?: string): Issue {
  const near = reason === undefined ? nearFile(context, full) : undefined;
  const what =
    reason === undefined ? `there is no ${JSON.stringify(written)} in ${context.folder}` : `${JSON.stringify(written)}: ${reason}`;
  return {
    path: at,
    at: 'value',
    severity: context.for === 'run' ? 'error' : 'warning',
    code: 'recipe.no-such-path',
    message: `${what}${suggestion(near)}`,
    ...(near === undefined ? {} : { fix: near }),
  };
}

/** Whether the folder that it would be in lacks it, or is not there itself. */
function isMissing({ world }: RuleContext, full: string): boolean {
  const siblings = world.folder(path.dirname(full));
  const name = path.basename(full);
  if (siblings.state === 'known') return !siblings.value.some((one) => one.replace(/\/$/, '') === name);
  return siblings.state === 'problem';
}

/** The name in the same folder that was probably meant, as the recipe would write it. */
function nearFile({ world, folder }: RuleContext, full: string): string | undefined {
  const siblings = known(world.folder(path.dirname(full)))?.map((name) => name.replace(/\/$/, ''));
  if (!siblings || siblings.includes(path.basename(full))) return undefined;
  const near = nearest(path.basename(full), siblings);
  if (near === undefined) return undefined;
  return path
    .relative(folder, path.join(path.dirname(full), near))
    .split(path.sep)
    .join('/');
}
