import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { readAnnotations, type NamedOverlay } from '../../../src/engine/pipeline/annotations/read.ts';
import { RunCatalog } from '../../../src/engine/pipeline/run-catalog.ts';
import { metricTitle } from '../../../src/engine/report/format.ts';
import type { RunSummary } from '../../../src/protocol/runs.ts';
import type { Figures, LayerFigure } from '../../service/facts.ts';
import type { FiguresJob } from '../jobs.ts';
import type { Found } from '../perform.ts';
import { storedAnalyses, type Analysis } from './stored-analyses.ts';

/** Runs of one model that are looked through. */
const mostRuns = 5;
const largestOverlay = 32 * 2 ** 20;

/** The unit of overlays that show which widths were chosen: nothing was measured for them. */
const chosen = 'bits';

const changedSince = 'the model has changed since';

/** What analyses in the editor and the newest runs measured of a model, newest first. */
export async function readFigures(job: FiguresJob): Promise<Found & { value: readonly Figures[] }> {
  const analyses =
    job.analyses === undefined ? [] : (await storedAnalyses(job.analyses, job.file)).flatMap((one) => figuresOf(one, job.sha256));
  const files = [...job.runs, ...(job.analyses === undefined ? [] : [job.analyses])];
  const found = [...analyses];
  for (const run of await runsOf(job)) {
    const file = path.join(run.folder, 'overlay.json');
    files.push(file);
    found.push(...(await runFigures(run, file, job.sha256)));
  }
  return { value: found.sort((a, b) => (a.measured < b.measured ? 1 : a.measured > b.measured ? -1 : 0)), files };
}

/** One for each pair of widths that was tried. */
function figuresOf({ measured, model, document }: Analysis, sha256: string | undefined): Figures[] {
  const { measure, unit, better, samples } = document;
  const byWidths = new Map<string, Analysis['document']['layers']>();
  for (const layer of document.layers) {
    const key = `weights ${layer.weights}, activations ${layer.activations}`;
    byWidths.set(key, [...(byWidths.get(key) ?? []), layer]);
  }
  return [...byWidths].map(([widths, layers]): Figures => {
    const [{ weights, activations }] = layers as [(typeof layers)[number]];
    return {
      title: `${titleOf(measure)}, ${widths}, ${samples} pictures`,
      unit,
      better,
      layers: ranked(
        layers.map(({ name, value, equal }) => [name, equal ? null : value]),
        better,
      ),
      measured,
      weights,
      activations,
      ...(sha256 === undefined || model === sha256 ? {} : { stale: changedSince }),
    };
  });
}

const titles: Readonly<Record<string, string>> = { sqnr: 'SQNR', mse: 'Mean squared error', cosine: 'Cosine', kl: 'KL divergence' };
const titleOf = (measure: string): string => titles[measure] ?? metricTitle(measure);

/** The run that the model lies in, or the newest finished ones that began with it. */
async function runsOf({ file, runs }: FiguresJob): Promise<RunSummary[]> {
  const catalog = new RunCatalog();
  const folder = path.dirname(file);
  const own = path.basename(folder) === 'models' ? [await attempt(() => catalog.read(path.dirname(folder)))] : [];
  const listed = await Promise.all(runs.map((one) => attempt(() => catalog.list(one))));
  const began = listed.flatMap((some) => some ?? []).filter((run) => run.model === file && run.status === 'finished');
  const newest = began.sort((a, b) => ((a.started ?? '') < (b.started ?? '') ? 1 : -1)).slice(0, mostRuns);
  return [...own.filter((run) => run !== undefined), ...newest];
}

async function runFigures(run: RunSummary, file: string, sha256: string | undefined): Promise<Figures[]> {
  const annotations = await attempt(async () =>
    (await stat(file)).size > largestOverlay ? undefined : readAnnotations(await readFile(file, 'utf8'), file),
  );
  if (!annotations) return [];
  const last = run.models.filter(({ role }) => role === 'output').at(-1);
  const fits = sha256 === undefined || annotations.models.length === 0 || annotations.models.includes(sha256);
  const measured = annotations.overlays.filter(({ unit, classes }) => unit !== chosen && !classes);
  return measured.map((overlay): Figures => ({
    title: overlay.label,
    unit: overlay.unit,
    better: overlay.better,
    layers: ranked(overlay.values, overlay.better),
    measured: run.ended ?? run.started ?? '',
    ...(last?.weightBits ? { weights: last.weightBits } : {}),
    ...(last?.activationBits ? { activations: last.activationBits } : {}),
    ...(fits ? {} : { stale: changedSince }),
    run: run.folder,
  }));
}

/** With the place of each on the scale of all: equal figures lie at one place, a layer without error is the best. */
function ranked(values: NamedOverlay['values'] | readonly (readonly [string, number | null])[], better: 'high' | 'low'): LayerFigure[] {
  const badness = (value: number | null): number => (value === null ? -Infinity : better === 'high' ? -value : value);
  const steps = [...new Set(values.map(([, value]) => badness(value)))].sort((a, b) => a - b);
  const places = new Map(steps.map((step, i) => [step, steps.length > 1 ? i / (steps.length - 1) : 0]));
  return values.map(([name, value]) => ({
    name,
    value: value !== null && Number.isFinite(value) ? value : null,
    rank: places.get(badness(value)) ?? 0,
  }));
}

/** Figures are a convenience: what can't be read shows none. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LatheError || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}
