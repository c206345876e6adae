import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ReportJob } from '../../protocol/job.ts';
import type { Deployment } from '../../protocol/deployments.ts';
import type { FileDocument } from '../../protocol/results/file.ts';
import type { PruningHistory } from '../../protocol/rounds-layout.ts';
import type { RunComparison } from '../../protocol/runs-comparison.ts';
import type { TrainingCurve } from '../../protocol/training.ts';
import { LatheError } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { comparisonCsv } from '../report/comparison-csv.ts';
import { comparisonJson } from '../report/comparison-json.ts';
import { renderComparison } from '../report/comparison-html.ts';
import { compareRuns } from '../report/comparison.ts';
import { renderReport } from '../report/html.ts';
import type { ReportData } from '../report/types.ts';
import { readCurves } from './curves/read-curves.ts';
import { readDeployments } from './deploy/read-deployments.ts';
import { writeOutput } from './part-file.ts';
import { RunCatalog } from './run-catalog.ts';
import { readRounds } from './rounds/read-rounds.ts';
import { openRunFolder, type RunFolder } from './run-folder.ts';
import type { RunRecord } from './run-record.ts';

/** The parts of a report that stand in `layers.json`. */
export type ReportedLayers = Pick<ReportData, 'layers' | 'outputs' | 'comparedSamples'>;

/** What a report says of a run. Throws `run.unfinished` for one that has no result. */
export function reportData(
  folder: RunFolder,
  record: RunRecord,
  recipe: string,
  layers: ReportedLayers,
  trainings: readonly TrainingCurve[],
  prunings: readonly PruningHistory[],
  deployments: readonly Deployment[] = [],
): ReportData {
  const { name, started, ended, result, seed, data, input, machine, versions } = record;
  if (!result) throw unfinished(folder);
  const { target, task } = record.recipe;
  const estimators = [...new Set(record.recipe.steps.flatMap(({ settings }) => estimatorOf(settings)))];
  return {
    name,
    started,
    ended,
    result,
    target,
    task,
    seed,
    recipe,
    data,
    input: input && { ...input },
    ...layers,
    trainings,
    prunings,
    ...(deployments.length ? { deployments } : {}),
    estimators,
    machine,
    versions,
  };
}

const unfinished = (folder: RunFolder): LatheError =>
  new LatheError('run.unfinished', 'this run has not finished', { file: folder.path, hint: 'Go on with it: lathe run --resume.' });

/** The range estimator of a step that has one and uses it. */
function estimatorOf(settings: Readonly<Record<string, unknown>>): string[] {
  const { method, activations, calibrate } = settings;
  return method === 'static' && activations !== 'float' && typeof calibrate === 'string' ? [calibrate] : [];
}

/**
 * One file of one run or of several, from their folders: HTML, or CSV or JSON where `output` ends so. Throws `run.missing`, for a single
 * run `run.unfinished`.
 */
export async function runReport({ runs, output }: ReportJob): Promise<FileDocument> {
  const [first, ...others] = runs;
  if (first === undefined) throw new LatheError('report.runs', 'there is no run to report on');
  const format = path.extname(output ?? '').toLowerCase();
  if (others.length === 0 && format !== '.csv' && format !== '.json')
    return { output: await writeOutput(output ?? path.join(first, 'report.html'), await singleReport(first)), warnings: [] };
  const catalog = new RunCatalog();
  const read = await Promise.all([...new Set(runs)].map((run) => catalog.read(run)));
  const curves = await Promise.all(read.map(({ folder }) => readCurves(folder)));
  const prunings = await Promise.all(read.map(({ folder }) => readRounds(folder)));
  const comparison = compareRuns(read, curves, prunings);
  const file = output ?? path.join(path.dirname(first), 'report.html');
  return {
    output: await writeOutput(file, (writers[format] ?? renderComparison)(comparison)),
    warnings: [...comparison.notes],
  };
}

/** What a comparison is written as, by the end of the file's name; else HTML. */
const writers: Readonly<Record<string, (comparison: RunComparison) => string>> = {
  '.csv': comparisonCsv,
  '.json': comparisonJson,
};

async function singleReport(run: string): Promise<string> {
  const { folder, record } = await openRunFolder(run);
  if (!record.result) throw unfinished(folder); // it may lack the files below
  const recipe = await readText(folder.recipe);
  const layers = parseJson(await readText(folder.file('layers.json'))) as ReportedLayers;
  const [curves, rounds, deployments] = [await readCurves(run), await readRounds(run), await readDeployments(run)];
  return renderReport(reportData(folder, record, recipe, layers, curves, rounds, deployments));
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new LatheError('file.read', `the file can't be read: ${(error as Error).message}`, { file, cause: error });
  }
}
