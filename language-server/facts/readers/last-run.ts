import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson, parseJson } from '../../../src/engine/base/json.ts';
import { hashModel } from '../../../src/engine/pipeline/hash.ts';
import { RunCatalog } from '../../../src/engine/pipeline/run-catalog.ts';
import { loadRecipe } from '../../../src/engine/recipe/load.ts';
import { prepareRecipe } from '../../../src/engine/recipe/prepare.ts';
import { bytes, figure, metricTitle } from '../../../src/engine/report/format.ts';
import type { RunSummary } from '../../../src/protocol/runs.ts';
import type { LastRun } from '../../service/facts.ts';
import type { FoundRun, LastRunJob } from '../jobs.ts';
import type { Found } from '../perform.ts';
import { readFoundWidths } from './found-widths.ts';

/** Characters of a recipe that is looked at. */
const largestRecipe = 4 * 2 ** 20;

/** The newest finished run of a recipe, and whether it is still the recipe's. */
export async function readLastRun(job: LastRunJob): Promise<Found & { value: FoundRun }> {
  const text = job.ownFilesOnly ? undefined : await textOf(job.file);
  const runs = text === undefined ? job.runs : runsFolder(text, job);
  const listed = (await new RunCatalog().list(runs)).filter(({ recipe }) => recipe === job.file);
  const last = listed.find(({ status }) => status === 'finished');
  // What runs or was begun last may be finished next.
  const files = [runs, ...listed.slice(0, 2).map(({ folder }) => path.join(folder, 'run.json'))];
  if (!last) return { value: { runs }, files };
  const stale = text === undefined ? undefined : await staleness(text, job, last);
  const run: LastRun = {
    folder: last.folder,
    finished: last.ended ?? last.started ?? '',
    summary: summaryOf(last),
    ...(stale === undefined ? {} : { stale }),
  };
  const widths = await readFoundWidths(listed);
  return { value: { runs, run, ...(widths ? { widths } : {}) }, files };
}

function runsFolder(text: string, { file, runs }: LastRunJob): string {
  const folder = loadRecipe(text, file).recipe?.output?.folder;
  return folder === undefined ? runs : path.resolve(path.dirname(file), folder);
}

/** Why a run is not of the recipe and the model as they are on disk. */
async function staleness(text: string, { file, runs }: LastRunJob, run: RunSummary): Promise<string | undefined> {
  const { resolved } = await prepareRecipe({ text, file }, { runs, for: 'validate' });
  const record = fields(parseJson(await readFile(path.join(run.folder, 'run.json'), 'utf8')));
  if (!resolved || decisive(fields(resolved)) !== decisive(fields(record['recipe']))) return 'the recipe has changed since';
  const hashes = fields(record['hashes']);
  const models = [resolved.model, ...Object.values(resolved.models ?? {}).map((one) => ('model' in one ? one.model : undefined))];
  for (const model of models) {
    const before = model === undefined ? undefined : hashes[model];
    if (model === undefined || typeof before !== 'string') continue;
    // Reading a large model again is spared where nobody wrote to it after the run had begun.
    if ((await stat(model)).mtime.toISOString() <= (run.started ?? '')) continue;
    if ((await hashModel(model)).sha256 !== before) return 'the model has changed since';
  }
  return undefined;
}

/** What decides the result of a run, of a resolved recipe: not its name, and not where things are written. */
function decisive({ model, models, target, task, seed, data, steps, gate }: Readonly<Record<string, unknown>>): string {
  const kept = Object.entries({ model, models, target, task, seed, data, steps, gate }).filter(([, value]) => value !== undefined);
  return canonicalJson(Object.fromEntries(kept));
}

/** "Top-1 91.5 → 91.3 %, 1.09 MB → 311 kB". */
function summaryOf({ metrics, models, gate, method }: RunSummary): string {
  const [input, output] = [models.find(({ role }) => role === 'input'), models.filter(({ role }) => role === 'output').at(-1)];
  const score =
    metrics &&
    `${metricTitle(metrics.before.metric)} ${figure(metrics.before.value, metrics.before.unit)} → ${figure(metrics.after.value, metrics.after.unit)} ${metrics.after.unit}`.trimEnd();
  const size = input && output && `${bytes(input.bytes)} → ${bytes(output.bytes)}`;
  const missed = gate && !gate.met ? 'gate missed' : undefined;
  return [score, size, missed].filter((part) => part !== undefined).join(', ') || method;
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

async function textOf(file: string): Promise<string | undefined> {
  try {
    return (await stat(file)).size > largestRecipe ? undefined : await readFile(file, 'utf8');
  } catch {
    return undefined; // a recipe that was never saved
  }
}
