import type { Level } from './level.ts';

/** A model of a chain, or what lies between it and those before it. */
export interface ChainPart {
  readonly kind: 'model' | 'seam';
  readonly title: string;
  /** Stands before the names of its nodes. */
  readonly prefix: string;
}

/** The parts of a chain of these models that there can be: what leads to a model stands before it. */
export const chainParts = (aliases: readonly string[]): ChainPart[] =>
  aliases.flatMap((alias): ChainPart[] => [
    { kind: 'seam', title: `into ${alias}`, prefix: `seam:${alias}/` },
    { kind: 'model', title: alias, prefix: `${alias}:` },
  ]);

/**
 * Which part each node of a level belongs to, by place; -1: none. What a later step put in under a name of its own goes with what reads it, as a
 * rounding before a layer does, else with what it reads.
 */
export function partOfEach({ ids, from, to }: Level, parts: readonly ChainPart[], nameOf: (id: number) => string): Int32Array {
  const byPrefix = new Map(parts.map(({ prefix }, number) => [prefix, number]));
  const part = Int32Array.from(ids, (id) => {
    const [, prefix = ''] = /^(seam:[^/:]+\/|[^/:]+:)/.exec(nameOf(id).slice(0, 200)) ?? [];
    return byPrefix.get(prefix) ?? -1;
  });
  // Edges are in the order of their beginnings, and no edge leads back.
  for (let e = from.length - 1; e >= 0; e--) if (part[from[e]!]! < 0 && part[to[e]!]! >= 0) part[from[e]!] = part[to[e]!]!;
  for (let e = 0; e < from.length; e++) if (part[to[e]!]! < 0 && part[from[e]!]! >= 0) part[to[e]!] = part[from[e]!]!;
  return part;
}

/** What the operators between two models are for, in the words of recipes. */
const words: Readonly<Record<string, string>> = {
  Resize: 'resize',
  Pad: 'padding',
  Slice: 'crop',
  Gather: 'color',
  Concat: 'color',
  Conv: 'color',
  Mul: 'scale',
  Sub: 'mean',
  Div: 'std',
  Transpose: 'layout',
  Reshape: 'channels apart',
};

/** "resize, color, scale"; "as it comes" where nothing is done on the way. */
export function conversions(operators: readonly string[]): string {
  const found = new Set(operators.flatMap((op) => (Object.hasOwn(words, op) ? [words[op]!] : [])));
  return found.size ? [...found].join(', ') : 'as it comes';
}
