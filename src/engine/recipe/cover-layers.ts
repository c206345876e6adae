import { layerPattern } from './layers.ts';

/** Fewer layers read better by their names. */
const leastForPattern = 3;

/**
 * Patterns that match all of `wanted` and nothing but `allowed` (of which `wanted` is a part) among `names`: one for several layers where
 * there is one ("/layer1/*", "/layer1/*\/Conv"), exact names elsewhere. In the order of the names. A name that holds a `*` of its own is
 * a pattern too, and may match what it should not: who uses this checks the outcome.
 */
export function coverLayers(wanted: ReadonlySet<string>, allowed: ReadonlySet<string>, names: readonly string[]): string[] {
  const sorted = [...names].sort(byText);
  const place = new Map(names.map((name, i) => [name, i]));
  const open = [...wanted].filter((name) => place.has(name)).sort(byText);
  const groups = cover(open, { allowed, sorted });
  return groups.sort((a, b) => place.get(a.first)! - place.get(b.first)!).map(({ pattern }) => pattern);
}

interface Group {
  readonly pattern: string;
  /** One of the layers it is for. */
  readonly first: string;
}

interface Names {
  readonly allowed: ReadonlySet<string>;
  /** All names of the model. */
  readonly sorted: readonly string[];
}

/** `wanted` is sorted. */
function cover(wanted: readonly string[], names: Names): Group[] {
  const [first] = wanted;
  if (first === undefined) return [];
  const exact = (): Group[] => wanted.map((name) => ({ pattern: name, first: name }));
  if (wanted.length < leastForPattern) return exact();
  const prefix = commonPrefix(wanted);
  const stem = prefix.slice(0, 1 + Math.max(...['/', '.', '_'].map((sign) => prefix.lastIndexOf(sign))));
  const pattern = candidates(wanted, stem).find((candidate) => fits(candidate, stem, wanted, names));
  if (pattern !== undefined) return [{ pattern, first }];
  const parts = byNextPart(wanted, stem.length);
  return parts.length > 1 ? parts.flatMap((part) => cover(part, names)) : exact();
}

function candidates(wanted: readonly string[], stem: string): string[] {
  const suffix = commonSuffix(wanted, stem.length);
  const starts = ['/', '.', '_'].map((sign) => suffix.indexOf(sign)).filter((at) => at >= 0);
  const tail = starts.length ? suffix.slice(Math.min(...starts)) : '';
  return tail ? [`${stem}*`, `${stem}*${tail}`] : [`${stem}*`];
}

/** A pattern that matches all that is wanted and nothing that is not allowed. */
function fits(pattern: string, stem: string, wanted: readonly string[], { allowed, sorted }: Names): boolean {
  const matches = layerPattern(pattern);
  if (stem.includes('*') || !wanted.every(matches)) return false;
  for (let i = firstNotBelow(sorted, stem); i < sorted.length && sorted[i]!.startsWith(stem); i++)
    if (matches(sorted[i]!) && !allowed.has(sorted[i]!)) return false;
  return true;
}

/** Parts of equal text up to the next separator behind the common beginning. */
function byNextPart(wanted: readonly string[], from: number): string[][] {
  const parts = new Map<string, string[]>();
  for (const name of wanted) {
    const end = name.slice(from).search(/[/._]/);
    const key = end < 0 ? name : name.slice(0, from + end + 1);
    parts.set(key, [...(parts.get(key) ?? []), name]);
  }
  return [...parts.values()];
}

function commonPrefix(sorted: readonly string[]): string {
  const [first, last] = [sorted[0]!, sorted.at(-1)!];
  let length = 0;
  while (length < first.length && first[length] === last[length]) length++;
  return first.slice(0, length);
}

/** Longest common ending that leaves `from` characters at the beginning alone. */
function commonSuffix(names: readonly string[], from: number): string {
  const [first] = names;
  let length = Math.min(...names.map((name) => name.length - from));
  for (const name of names) {
    let same = 0;
    while (same < length && name[name.length - 1 - same] === first![first!.length - 1 - same]) same++;
    length = same;
  }
  return first!.slice(first!.length - length);
}

function firstNotBelow(sorted: readonly string[], text: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
