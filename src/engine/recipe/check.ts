import type { TSchema } from '@sinclair/typebox';
import { isAlias, isMap, isScalar, isSeq, type Alias, type Node, type Scalar, type YAMLMap } from 'yaml';
import { freeValue, keysOf, keyText, mapScore, properties, schemaShape, shapeOf } from './branch.ts';
import { branches, describe, literals } from './describe.ts';
import type { Fix } from './fix.ts';
import { nearest, suggestion } from './nearest.ts';

/** Keys and list positions from the root: `['steps', 0, 'quantize', 'weights']`. */
export type Path = readonly (string | number)[];

/** One place of a recipe, before it is known in lines and columns: the key at `path`, or its value. */
export interface Spot {
  readonly path: Path;
  readonly at: 'key' | 'value';
}

/** `info`: nothing is wrong, but the reader would want to know. */
export type Severity = 'error' | 'warning' | 'info';

/** Something to say about one place of a recipe. */
export interface Issue extends Spot {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  /** What should stand there instead: one word or number. */
  readonly fix?: string;
  /** What else could be done about it, the most likely first. */
  readonly fixes?: readonly Fix[];
  /** Other places that have to do with it. */
  readonly related?: readonly (Spot & { readonly message: string })[];
  /** `unnecessary`: it could go; `deprecated`: there is a newer way to say it. Editors show both. */
  readonly tag?: 'unnecessary' | 'deprecated';
}

/** Nodes visited at most, aliases expanded: a bomb of anchors has a few lines and millions of nodes. */
const maximumNodes = 200_000;
const maximumDepth = 32;
/** Nobody reads more, and finding the place of each takes time. */
const maximumIssues = 100;

/** "steps[0].quantize" for messages; the root is "the recipe". */
export function pathText(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w-]+$/.test(part)) text += `[${JSON.stringify(shorten(part))}]`;
    else text += text ? `.${part}` : part;
  }
  return text || 'the recipe';
}

/**
 * Checks YAML nodes against a JSON Schema as TypeBox writes it (objects, records, arrays, tuples, unions, literals, numbers, text,
 * booleans), goes on after a mistake, and gives plain values. Every unknown key is an error.
 */
export class Checker {
  readonly issues: Issue[] = [];
  #visited = 0;
  readonly #anchors: ReadonlyMap<string, Node>;

  constructor(anchors: ReadonlyMap<string, Node>) {
    this.#anchors = anchors;
  }

  /** The value of `node`, as far as it is right; what is wrong is in `issues`. */
  check(node: Node | null, schema: TSchema, path: Path): unknown {
    if (++this.#visited > maximumNodes) {
      if (this.#visited === maximumNodes + 1)
        this.#report(path, 'value', 'recipe.too-large', `the recipe has more than ${maximumNodes} values`);
      return undefined;
    }
    if (path.length > maximumDepth) {
      this.#report(path, 'value', 'recipe.too-deep', `the recipe nests deeper than ${maximumDepth} levels`);
      return undefined;
    }
    if (isAlias(node)) return this.#alias(node, schema, path);
    const branch = this.#choose(node, schema, path);
    if (!branch) return undefined;
    if (isMap(node)) return this.#map(node, branch, path);
    if (isSeq(node)) return this.#list(node.items as (Node | null)[], branch, path);
    if (branch['type'] === 'object') return this.#empty(branch, path);
    return (node as Scalar | null)?.value ?? undefined;
  }

  #alias(alias: Alias, schema: TSchema, path: Path): unknown {
    const target = this.#anchors.get(alias.source);
    if (target) return this.check(target, schema, path);
    this.#report(path, 'value', 'recipe.syntax', `there is no anchor &${alias.source}`);
    return undefined;
  }

  /** The branch of `schema` that `node` is meant to be; reports and returns undefined when there is none. */
  #choose(node: Node | null, schema: TSchema, path: Path): TSchema | undefined {
    const all = branches(schema);
    const shape = shapeOf(node);
    if (shape === 'scalar') {
      const value: unknown = isScalar(node) ? node.value : null;
      const fitting = all.find((branch) => scalarFits(value, branch));
      if (fitting) return fitting;
      // A step or a source without settings may be written as a bare key.
      const maps = value === null ? all.filter((branch) => branch['type'] === 'object') : [];
      if (maps.length) return this.#isOpen(maps, path) ? undefined : maps[0];
      this.#wrongScalar(value, schema, path);
      return undefined;
    }
    const same = all.filter((branch) => schemaShape(branch) === shape);
    if (same.length === 0) {
      this.#report(path, 'value', 'recipe.type', `${pathText(path)} must be ${describe(schema)}, not a ${shape}`);
      return undefined;
    }
    if (same.length === 1) return same[0];
    return isMap(node) ? this.#closestMap(node, same, path) : this.#closestList(node, same, path);
  }

  /** Of several kinds of map, the one that has most of the keys; literal values (`kind: yunet`) count double. */
  #closestMap(node: YAMLMap, maps: readonly TSchema[], path: Path): TSchema | undefined {
    const keys = keysOf(node);
    if (keys.length === 0 && this.#isOpen(maps, path)) return undefined;
    const score = (schema: TSchema): number => mapScore(node, schema);
    const best = maps.reduce((a, b) => (score(b) > score(a) ? b : a));
    if (score(best) > 0 || keys.length === 0) return best;
    const known = maps.flatMap((schema) => Object.keys(properties(schema)));
    for (const key of keys) this.#unknownKey(path, key, known);
    return undefined;
  }

  /** Nothing is written of maps that each need another key: which is meant is open, and said so. */
  #isOpen(maps: readonly TSchema[], path: Path): boolean {
    const needed = maps.map((map) => requiredKeys(map)[0]);
    if (maps.length < 2 || needed.some((key, i) => key === undefined || needed.indexOf(key) !== i)) return false;
    this.#report(path, 'key', 'recipe.missing-key', `${pathText(path)} needs ${needed.slice(0, -1).join(', ')} or ${needed.at(-1)!}`);
    return true;
  }

  #closestList(node: Node | null, lists: readonly TSchema[], path: Path): TSchema | undefined {
    const mistakes = (schema: TSchema): number => {
      const trial = new Checker(this.#anchors);
      trial.#visited = this.#visited;
      trial.check(node, schema, path);
      this.#visited = trial.#visited;
      return trial.issues.length;
    };
    return lists.map((list) => ({ list, count: mistakes(list) })).reduce((a, b) => (b.count < a.count ? b : a)).list;
  }

  #map(node: YAMLMap, schema: TSchema, path: Path): Record<string, unknown> | undefined {
    const known = properties(schema);
    const free = freeValue(schema);
    const entries: [string, unknown][] = [];
    const meant: string[] = [];
    const seen = new Set<string>();
    let strangers = 0;
    for (const pair of node.items) {
      if (this.issues.length >= maximumIssues) break;
      const key = keyText(pair.key);
      if (key === undefined) {
        this.#report(path, 'value', 'recipe.key', `a key of ${pathText(path)} is not plain text`);
        continue;
      }
      if (seen.has(key)) this.#report([...path, key], 'key', 'recipe.duplicate-key', `${pathText([...path, key])} stands here twice`);
      seen.add(key);
      const inner = Object.hasOwn(known, key) ? known[key] : free;
      if (!inner) {
        meant.push(this.#unknownKey(path, key, Object.keys(known)) ?? '');
        strangers++;
      } else {
        if (inner['deprecated'] !== undefined) this.#deprecated([...path, key], inner, keysOf(node));
        const value = this.check(pair.value as Node | null, inner, [...path, key]);
        if (value !== undefined) entries.push([key, value]);
      }
    }
    // Where nothing is known, or what is missing was only misspelt, one message is enough.
    const required = requiredKeys(schema);
    if (required.length && (strangers === 0 || strangers < node.items.length)) this.#missing(schema, [...keysOf(node), ...meant], path);
    // Not an object literal: "__proto__" is a possible layer pattern.
    const value = Object.fromEntries(entries);
    // What lacks a part of it is of no use to whoever goes on with the rest; the recipe itself always is.
    return path.length === 0 || required.every((key) => Object.hasOwn(value, key)) ? value : undefined;
  }

  #deprecated(path: Path, schema: TSchema, present: readonly string[]): void {
    const { deprecated, replacedBy } = schema as { deprecated?: unknown; replacedBy?: string };
    const key = String(path.at(-1));
    const instead = replacedBy === undefined ? '' : `; it is called ${JSON.stringify(replacedBy)} now`;
    const why = typeof deprecated === 'string' ? `: ${deprecated}` : '';
    const fixes: Fix[] =
      replacedBy === undefined
        ? [{ title: `Remove "${key}"`, changes: [{ kind: 'remove', path }] }]
        : present.includes(replacedBy)
          ? []
          : [{ title: `Rename to "${replacedBy}"`, changes: [{ kind: 'rename', path, key: replacedBy }] }];
    const message = `${pathText(path)} is an old way to say it${instead}${why}`;
    this.#add({ path, at: 'key', severity: 'warning', code: 'recipe.deprecated', message, fixes, tag: 'deprecated' });
  }

  #missing(schema: TSchema, present: readonly string[], path: Path): void {
    for (const key of requiredKeys(schema)) {
      if (present.includes(key)) continue;
      const wanted = properties(schema)[key];
      const what = wanted ? ` (${describe(wanted)})` : '';
      this.#report(path, path.length ? 'key' : 'value', 'recipe.missing-key', `${pathText(path)} needs ${JSON.stringify(key)}${what}`);
    }
  }

  #empty(schema: TSchema, path: Path): Record<string, unknown> | undefined {
    this.#missing(schema, [], path);
    return requiredKeys(schema).length ? undefined : {};
  }

  #list(items: readonly (Node | null)[], schema: TSchema, path: Path): unknown[] {
    const inner: unknown = schema['items'];
    const tuple = Array.isArray(inner) ? (inner as TSchema[]) : undefined;
    const least = (schema['minItems'] as number | undefined) ?? 0;
    const most = (schema['maxItems'] as number | undefined) ?? Infinity;
    if (items.length < least || items.length > most) {
      const wanted = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
      this.#report(path, 'value', 'recipe.length', `${pathText(path)} must have ${wanted} items, not ${items.length}`);
    }
    return items.flatMap((item, i) => {
      const element = tuple ? tuple[i] : (inner as TSchema);
      const value = element && this.check(item, element, [...path, i]);
      if (value !== undefined) return [value];
      // A map keeps its place: places of later ones are told by it.
      return element && branches(element).some((branch) => branch['type'] === 'object') ? [{}] : [];
    });
  }

  #wrongScalar(value: unknown, schema: TSchema, path: Path): void {
    const given = value === null ? 'empty' : typeof value === 'string' ? JSON.stringify(shorten(value)) : String(value);
    const words = literals(schema).filter((word): word is string => typeof word === 'string');
    const near = typeof value === 'string' ? nearest(value, words) : undefined;
    const numeric = typeof value === 'number' && branches(schema).some((branch) => isNumeric(branch));
    const code = numeric ? 'recipe.range' : words.length && typeof value === 'string' ? 'recipe.value' : 'recipe.type';
    this.#report(path, 'value', code, `${pathText(path)} must be ${describe(schema)}, not ${given}${suggestion(near)}`, near);
  }

  /** Reports the key; returns the one that was probably meant. */
  #unknownKey(path: Path, key: string, known: readonly string[]): string | undefined {
    const near = nearest(key, known);
    const listed =
      near === undefined && known.length ? `; it can have ${known.slice(0, 20).join(', ')}${known.length > 20 ? ' …' : ''}` : '';
    const message = `unknown key ${JSON.stringify(shorten(key))} in ${pathText(path)}${suggestion(near)}${listed}`;
    this.#report([...path, key], 'key', 'recipe.unknown-key', message, near);
    return near;
  }

  #report(path: Path, at: Issue['at'], code: string, message: string, fix?: string): void {
    this.#add({ path, at, severity: 'error', code, message, fix });
  }

  #add(issue: Issue): void {
    if (this.issues.length < maximumIssues) this.issues.push(issue);
  }
}

const requiredKeys = (schema: TSchema): readonly string[] => (schema['required'] as string[] | undefined) ?? [];

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}…` : text);

const isNumeric = (schema: TSchema): boolean => schema['type'] === 'number' || schema['type'] === 'integer';

function scalarFits(value: unknown, schema: TSchema): boolean {
  const allowed = literals(schema);
  if (allowed.length) return allowed.includes(value);
  switch (schema['type']) {
    case 'integer':
    case 'number':
      return typeof value === 'number' && numberFits(value, schema);
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string' && textFits(value, schema);
    default:
      return false;
  }
}

function numberFits(value: number, schema: TSchema): boolean {
  const limit = (key: string, fallback: number): number => (schema[key] as number | undefined) ?? fallback;
  return (
    Number.isFinite(value) &&
    (schema['type'] !== 'integer' || Number.isInteger(value)) &&
    value >= limit('minimum', -Infinity) &&
    value <= limit('maximum', Infinity) &&
    value > limit('exclusiveMinimum', -Infinity) &&
    value < limit('exclusiveMaximum', Infinity)
  );
}

function textFits(value: string, schema: TSchema): boolean {
  const pattern = schema['pattern'] as string | undefined;
  const least = (schema['minLength'] as number | undefined) ?? 0;
  return value.length >= least && (pattern === undefined || new RegExp(pattern, 'u').test(value));
}
