import type { Model } from '../onnx/graph.ts';
import { nearest } from './nearest.ts';

/** Names by which a recipe may call the model's layers, in graph order: node names, or the first output of an unnamed node. */
export const layerNames = (model: Model): string[] => [...new Set(model.graph.nodes.map((node) => node.label))];

/** `*` stands for any characters, `/` included; nothing else is special. */
export function layerPattern(pattern: string): (name: string) => boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return (name) => name === pattern;
  return (name) => {
    if (!name.startsWith(first) || name.length < first.length + last.length || !name.endsWith(last)) return false;
    // Leftmost match of every inner part is enough: there is one kind of wildcard only.
    let position = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, position);
      if (found < 0 || found + part.length > name.length - last.length) return false;
      position = found + part.length;
    }
    return true;
  };
}

/**
 * Finds the layers that patterns match, among these; in their order. Quick for exact names, of which recipes may have thousands. `aliases`: the models of a
 * chain, where names have `ALIAS:` before them: a pattern without one is about layers of all of them.
 */
export function layerMatcher(names: readonly string[], aliases: readonly string[] = []): (pattern: string) => string[] {
  const known = new Set(names);
  const among = (pattern: string): string[] =>
    pattern.includes('*') ? names.filter(layerPattern(pattern)) : known.has(pattern) ? [pattern] : [];
  if (aliases.length === 0) return among;
  const prefixes = aliases.map((alias) => `${alias}:`);
  const prefixOf = (name: string): string | undefined => prefixes.find((prefix) => name.startsWith(prefix));
  const own = names.map((name) => {
    const prefix = prefixOf(name);
    return prefix === undefined ? undefined : name.slice(prefix.length);
  });
  return (pattern) => {
    if (prefixOf(pattern) !== undefined) return among(pattern);
    const matches = layerPattern(pattern);
    return names.filter((_, at) => own[at] !== undefined && matches(own[at]));
  };
}

/** The pattern that was probably meant when `pattern` matches nothing. */
export function nearestPattern(pattern: string, names: readonly string[]): string | undefined {
  const star = pattern.indexOf('*');
  if (star < 0) return nearest(pattern, names);
  // Only what stands before the first `*` can be misspelt in a way that has a clear repair: compare with names' beginnings.
  const stem = pattern.slice(0, star);
  if (stem === '') return undefined;
  const slashes = stem.split('/').length - 1;
  const beginnings = new Set<string>();
  for (const name of names) {
    const parts = name.split('/');
    if (parts.length <= slashes) continue;
    const folder = parts.slice(0, slashes).join('/') + (slashes ? '/' : '');
    beginnings.add(stem.endsWith('/') ? folder : folder + (parts[slashes] ?? '').slice(0, stem.length - stem.lastIndexOf('/') - 1));
  }
  const found = nearest(stem, beginnings);
  const meant = found === undefined ? undefined : found + pattern.slice(star);
  // What stands behind the `*` may be what is wrong: then nothing is near.
  return meant !== undefined && names.some(layerPattern(meant)) ? meant : undefined;
}
