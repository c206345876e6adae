import path from 'node:path';
import type { CompareJob, EvaluateJob, JobResults, MergeJob } from '../../protocol/job.ts';
import type { AnalyzeDocument } from '../../protocol/results/analyze.ts';
import type { CompareDocument } from '../../protocol/results/compare.ts';
import type { EvaluateDocument } from '../../protocol/results/evaluate.ts';
import type { FileDocument } from '../../protocol/results/file.ts';
import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import { readInputMetadata } from '../data/input-settings.ts';
import { compareModels } from '../evaluate/compare.ts';
import { isXmodel } from '../drawing/xir/structure.ts';
import { compareWithXir } from '../evaluate/compare-xir.ts';
import { compositionOf } from '../chain/split.ts';
import { evaluatePart } from '../evaluate/evaluate.ts';
import type { PicturesRequest } from '../evaluate/pictures/album.ts';
import { evaluationOf, mergeParts, readPart, writePart } from '../evaluate/part.ts';
import type { Model } from '../onnx/graph.ts';
import { scanModel } from '../onnx/scan.ts';
import { analysisKind, analysisOf, mergeAnalyses, readAnalysis, writeAnalysis } from '../sensitivity/part.ts';
import { calibrationKind, mergeCalibration } from './calibration-shard.ts';
import { readPartFile, unfitPart, writeOutput } from './part-file.ts';
import { openFor } from './run-data.ts';
import type { RunDeps } from './session.ts';
import { knownTarget, withSimulation } from './simulation.ts';

/** Measures a model on pictures, without a run folder. A shard writes its part instead. */
export async function runEvaluation(job: EvaluateJob, { runtime, context }: RunDeps): Promise<EvaluateDocument | FileDocument> {
  const { source, folder, input } = job.data;
  const model = await carrierOf(job.model, job.against);
  const dataset = await openFor(model, { source, folder, input, seed: job.seed }, context);
  const { decode, match } = source;
  const request = { model: job.model, against: job.against, task: job.task, dataset, decode, match };
  const { latency, shard } = job;
  const pictures = job.pictures === undefined ? undefined : await picturesOf(job, job.pictures);
  const part = await withSimulation(job.model, knownTarget(job.target), context, (simulated) =>
    evaluatePart({ ...request, latency, shard, simulated, pictures }, { runtime, context }),
  );
  if (!job.shard) return told(evaluationOf(part), context);
  const { index, of } = job.shard;
  const file = job.output ?? `${path.parse(job.model).name}.part-${index}-of-${of}.json`;
  return { output: await writeOutput(file, writePart(part)), warnings: [...part.warnings] };
}

/** Pictures of samples at most: they are for people to look at. */
const mostPictures = 100;

/** Of a chain, what its models give each other as well. */
async function picturesOf({ model }: EvaluateJob, folder: string): Promise<PicturesRequest> {
  const links = compositionOf(await scanModel(model))?.links.slice(0, -1) ?? [];
  const values = links.flatMap(({ alias, outputs }) => outputs.map(({ name, value }) => ({ name: `${alias}.${name}`, value })));
  return { folder, values, most: mostPictures };
}

/** The first of the models that says how pictures become its input, else the first. */
async function carrierOf(first: string, second: string | undefined): Promise<Model> {
  const model = await scanModel(first);
  if (second === undefined || readInputMetadata(model)) return model;
  const other = await scanModel(second);
  return readInputMetadata(other) ? other : model;
}

/** Says a document's warnings as well: people do not read JSON. */
function told<T extends { warnings: readonly string[] }>(document: T, { logger }: Context): T {
  for (const warning of document.warnings) logger.warn(warning);
  return document;
}

/** Compares two models: structure and size, and with data the errors of their layers. */
export async function runComparison(job: CompareJob, { runtime, context }: RunDeps): Promise<CompareDocument> {
  const { a, b, data, seed, samples, outputs } = job;
  const xir = [a, b].some(isXmodel);
  const carrier = xir ? scanModel(isXmodel(a) ? b : a) : carrierOf(a, b);
  const dataset = data && (await openFor(await carrier, { source: data.source, folder: data.folder, input: data.input, seed }, context));
  if (xir) return compareWithXir({ a, b, seed, samples, ...(dataset ? { dataset } : {}) }, { runtime, context });
  return (await compareModels({ a, b, samples, outputs, ...(dataset ? { dataset } : {}) }, { runtime, context })).document;
}

/**
 * Adds the parts of a sharded job: the figures of an evaluation or an analysis, with a file that may be merged further, or a
 * quantization's model.
 * Throws `shard.parts` and its kin.
 */
export async function runMerge(job: MergeJob, deps: RunDeps): Promise<JobResults['merge']> {
  const parts = await Promise.all(job.parts.map(readPartFile));
  const kinds = new Set(parts.map(({ kind }) => kind));
  if (kinds.size !== 1) throw new LatheError('shard.parts', `the parts are of different jobs: ${[...kinds].join(', ')}`);
  if (kinds.has(analysisKind)) return mergeAnalysis(job, parts);
  if (!kinds.has(calibrationKind)) {
    const merged = mergeParts(parts.map(({ text, file }) => readPart(text, file)));
    const file = mergedFile(job);
    return { ...told(evaluationOf(merged), deps.context), output: await writeOutput(file, writePart(merged)) };
  }
  const run = await mergeCalibration(parts, job.output, deps);
  const model = run.models.find(({ role }) => role === 'output');
  if (!model) throw unfitPart('its recipe makes no model', job.parts[0]);
  return { output: { path: job.output ?? model.path, bytes: model.bytes }, warnings: run.warnings };
}

const mergedFile = (job: MergeJob): string => job.output ?? job.parts[0]!.replace(/(\.part-\d+-of-\d+)?\.json$/, '.merged.json');

/** The figures of all parts, and the whole analysis picture by picture: the same bytes as those of an undivided one. */
async function mergeAnalysis(
  job: MergeJob,
  parts: readonly { text: string; file: string }[],
): Promise<FileDocument & Partial<AnalyzeDocument>> {
  const merged = mergeAnalyses(parts.map(({ text, file }) => readAnalysis(text, file)));
  const analysis = analysisOf(merged);
  return {
    model: merged.model,
    ...analysis,
    layers: [...analysis.layers],
    baseline: [...analysis.baseline],
    notAnalyzed: [...analysis.notAnalyzed],
    warnings: [...analysis.warnings],
    output: await writeOutput(mergedFile(job), writeAnalysis(merged)),
  };
}
