import type { Path } from './check.ts';

/**
 * The path in a recipe that `--set` names: dots between keys and list positions (`steps.0.quantize.weights`). A layer's name may have
 * dots itself, so below `layers` only the last dot counts (`layers./layer1.0/Conv.weights`).
 */
export function overridePath(text: string): Path {
  const parts = text.split('.');
  if (parts[0] === 'layers' && parts.length > 2) return ['layers', parts.slice(1, -1).join('.'), parts[parts.length - 1]!];
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** Settings of steps among overrides, by step position: on the command line they win over `layers`. */
export function stepFlags(overrides: Readonly<Record<string, unknown>>): Map<number, Set<string>> {
  const flags = new Map<number, Set<string>>();
  for (const name of Object.keys(overrides)) {
    const [section, index, , key] = overridePath(name);
    if (section !== 'steps' || typeof index !== 'number' || typeof key !== 'string') continue;
    flags.set(index, (flags.get(index) ?? new Set()).add(key));
  }
  return flags;
}
