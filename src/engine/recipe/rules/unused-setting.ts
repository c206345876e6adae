import { isDeepStrictEqual } from 'node:util';
import type { TSchema } from '@sinclair/typebox';
import type { Issue, Path } from '../check.ts';
import type { Rule } from './rule.ts';

/** Settings of steps that other settings of the same step switch off. */
export const unusedSetting: Rule = {
  kinds: [
    {
      code: 'recipe.idle-setting',
      severity: 'warning',
      title: 'A setting that another one switches off',
      text: 'Some settings belong to one way of doing a step: `momentum` to `optimizer: sgd`, `block-size` to `granularity: block`. With the way that is chosen, this one is not read. Either it or the other is not what was meant.',
      example:
        'data:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures, labels: folders }\nsteps:\n  - train: { optimizer: adam, momentum: 0.8 }',
    },
  ],
  *check({ steps, layers }) {
    for (const { index, name, path, written, settings, declaration } of steps) {
      // Entries of `layers` may choose another way for theirs.
      const chosen = (key: string): boolean => steps.length > 0 && layers.some(({ override }) => Object.hasOwn(override, key));
      yield* idle(written, settings, declaration.parameters.properties, path, chosen, ['steps', index, name].length);
    }
  },
};

type Settings = Readonly<Record<string, unknown>>;

function* idle(
  written: Settings,
  settings: Settings,
  declared: Readonly<Record<string, TSchema>>,
  path: Path,
  chosen: (key: string) => boolean,
  depth: number,
): Generator<Issue> {
  for (const [key, value] of Object.entries(written)) {
    const schema = declared[key];
    // Recipes of runs have every default written out.
    if (!schema || isDeepStrictEqual(value, schema['default'])) continue;
    for (const [other, allowed] of Object.entries((schema['when'] as Readonly<Record<string, readonly unknown[]>> | undefined) ?? {})) {
      const given = settings[other];
      if (given === undefined || allowed.includes(given) || chosen(other)) continue;
      yield idleKey([...path, key], key, other, given, allowed, [...path, other]);
    }
    const inner = schema['properties'] as Readonly<Record<string, TSchema>> | undefined;
    const filled = settings[key];
    if (inner && isMap(value) && isMap(filled) && path.length < depth + 2)
      yield* idle(value, filled, inner, [...path, key], () => false, depth);
  }
}

const isMap = (value: unknown): value is Settings => typeof value === 'object' && value !== null && !Array.isArray(value);

function idleKey(path: Path, key: string, other: string, given: unknown, allowed: readonly unknown[], otherPath: Path): Issue {
  const needed = allowed.map((one) => `${other}: ${String(one)}`).join(' or ');
  return {
    path,
    at: 'key',
    severity: 'warning',
    code: 'recipe.idle-setting',
    message: `${key} is read only with ${needed}, not with ${other}: ${String(given)}`,
    fixes: [
      { title: `Remove "${key}"`, changes: [{ kind: 'remove', path }] },
      ...allowed
        .slice(0, 4)
        .map((one) => ({ title: `Set ${other}: ${String(one)}`, changes: [{ kind: 'set' as const, path: otherPath, value: one }] })),
    ],
    tag: 'unnecessary',
  };
}
