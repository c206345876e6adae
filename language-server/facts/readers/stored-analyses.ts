import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** An analysis as the editor keeps it (extension/overlays/store), as far as the service shows it; read as foreign data. */
export interface Analysis {
  /** ISO 8601. */
  readonly measured: string;
  /** sha256 of the model it was measured on. */
  readonly model: string;
  readonly document: {
    readonly measure: string;
    readonly unit: string;
    readonly better: 'high' | 'low';
    readonly samples: number;
    readonly layers: readonly {
      readonly name: string;
      readonly value: number | null;
      readonly equal: boolean;
      readonly weights: number | string;
      readonly activations: number | string;
    }[];
  };
}

/** One file a model. */
const mostFiles = 200;
const largestFile = 32 * 2 ** 20;

/** Analyses of a model among those of a folder. What can't be read is not there. */
export async function storedAnalyses(folder: string, model: string): Promise<Analysis[]> {
  const found: Analysis[] = [];
  for (const name of (await namesIn(folder)).slice(0, mostFiles)) {
    const text = await textOf(path.join(folder, name));
    // Quickly past the files of other models: parsing is what costs.
    if (text?.includes(JSON.stringify(model))) found.push(...analysesIn(text, model));
  }
  return found;
}

function analysesIn(text: string, model: string): Analysis[] {
  const all = parsed(text);
  return (Array.isArray(all) ? all : []).flatMap((stored: unknown): Analysis[] => {
    const { version, measured, model: hash, document } = fields(stored);
    const { model: of, measure, unit, better, samples, layers } = fields(document);
    if (version !== 1 || of !== model || typeof measured !== 'string' || typeof hash !== 'string') return [];
    if (typeof measure !== 'string' || typeof unit !== 'string' || (better !== 'high' && better !== 'low')) return [];
    const rows = (Array.isArray(layers) ? layers : []).flatMap(layerOf);
    const count = typeof samples === 'number' ? samples : 0;
    return rows.length ? [{ measured, model: hash, document: { measure, unit, better, samples: count, layers: rows } }] : [];
  });
}

function layerOf(row: unknown): Analysis['document']['layers'][number][] {
  const { name, value, equal, weights, activations } = fields(row);
  if (typeof name !== 'string' || !isWidth(weights) || !isWidth(activations)) return [];
  return [{ name, value: typeof value === 'number' ? value : null, equal: equal === true, weights, activations }];
}

const isWidth = (value: unknown): value is number | string => typeof value === 'number' || typeof value === 'string';
const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  } catch {
    return []; // no analysis was made in this workspace yet
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return (await stat(file)).size > largestFile ? undefined : await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // cut off: it is just being written
  }
}
