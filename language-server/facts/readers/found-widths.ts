import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readLayers } from '../../../src/engine/recipe/layer-entries.ts';
import type { RunSummary } from '../../../src/protocol/runs.ts';
import type { FoundWidths } from '../../service/facts.ts';

/** Runs of a recipe that are looked through, newest first. */
const mostRuns = 10;
/** The parser of recipes takes less. */
const largest = 2 ** 20;

/** What the newest finished search among these runs wrote: `lathe search` leaves the recipe that it found in the run's folder. */
export async function readFoundWidths(runs: readonly RunSummary[]): Promise<FoundWidths | undefined> {
  for (const { folder, method } of runs.filter(({ status }) => status === 'finished').slice(0, mostRuns)) {
    const name = (await readdir(folder)).find((entry) => /\.mixed\.compress\.(ya?ml|json)$/i.test(entry));
    if (name === undefined) continue;
    const file = path.join(folder, name);
    if ((await stat(file)).size > largest) continue;
    const { entries } = readLayers(await readFile(file, 'utf8'));
    return { folder, title: method, entries: entries.map(({ pattern, override }) => ({ pattern, override })) };
  }
  return undefined;
}
