import path from 'node:path';
import { plainContext } from '../../src/engine/base/context.ts';
import type { DataSource, InputDeclaration } from '../../src/engine/data/source.ts';
import type { Dataset } from '../../src/engine/data/types.ts';
import { evaluatePart } from '../../src/engine/evaluate/evaluate.ts';
import { mean, meanInterval } from '../../src/engine/evaluate/interval.ts';
import { evaluationOf, type EvaluationPart } from '../../src/engine/evaluate/part.ts';
import { readModel } from '../../src/engine/onnx/file.ts';
import { openFor } from '../../src/engine/pipeline/run-data.ts';
import { createOrtRuntime } from '../../src/engine/runtime/ort-node.ts';
import type { BenchModel } from './models.ts';

/** How a file does on the test pictures: in per cent or dB, a detector also in boxes. */
export interface Score {
  readonly value: number;
  readonly found?: number;
  readonly false?: number;
  readonly total?: number;
  /** For the paired difference: 0 or 100 a picture, or dB. Empty for detectors. */
  readonly pictures: readonly number[];
}

export interface FileScore {
  /** QuantizeLinear and DequantizeLinear computed as they stand (optimizations off): what judges the quantizer. */
  readonly written: Score;
  /** With this machine's integer kernels: what a user gets here. */
  readonly fused: Score;
}

const runtime = await createOrtRuntime();
const context = plainContext({ threads: 2 });

/** Pictures of a model's calibration or test source. */
export async function openPictures(
  zoo: string,
  bench: BenchModel,
  source: Record<string, unknown>,
  seed = 0,
  input = bench.input,
): Promise<Dataset> {
  const model = await readModel(path.join(zoo, bench.model));
  return openFor(model, { source: source as DataSource, folder: zoo, input: input as InputDeclaration, seed }, context);
}

/** Scores files of one model on its test pictures. */
export class Scorer {
  readonly #zoo: string;
  readonly #bench: BenchModel;
  #dataset: Promise<Dataset> | undefined;
  #float: Promise<FileScore> | undefined;

  constructor(zoo: string, bench: BenchModel) {
    this.#zoo = zoo;
    this.#bench = bench;
  }

  float(): Promise<FileScore> {
    this.#float ??= this.score(path.join(this.#zoo, this.#bench.model));
    return this.#float;
  }

  async score(file: string): Promise<FileScore> {
    this.#dataset ??= openPictures(this.#zoo, this.#bench, this.#bench.test);
    const { decode, match } = this.#bench.test as Pick<DataSource, 'decode' | 'match'>;
    const request = { model: file, task: this.#bench.task, dataset: await this.#dataset, decode, match };
    const part = await evaluatePart(request, { runtime, context });
    const rows =
      part.rows[0]?.written === undefined ? part.rows : part.rows.map((row) => ({ ...row, fused: row.written, written: undefined }));
    return { fused: scoreOf(part), written: scoreOf({ ...part, rows }) };
  }
}

function scoreOf(part: EvaluationPart): Score {
  const { value, metric, extra } = evaluationOf(part);
  const [found, wrong, total] = ['found', 'false', 'total'].map((key) => extra[key] as number | undefined);
  if (metric === 'ap50') return { value, found, false: wrong, total, pictures: [] };
  const pictures = part.rows.map(({ fused }) => {
    const [first] = fused as readonly number[];
    return metric === 'top1' ? (first === 0 ? 100 : 0) : first!;
  });
  return { value, pictures };
}

/**
 * Mean over calibration draws of the score minus the float model's on the same pictures, with a 95 % interval over the pictures (a picture's
 * figure is its mean over the draws). undefined for detectors.
 */
export function pairedDifference(draws: readonly Score[], float: Score): { value: number; half: number } | undefined {
  if (!float.pictures.length) return undefined;
  const differences = float.pictures.map((own, i) => mean(draws.map(({ pictures }) => pictures[i]!)) - own);
  const { value, confidence } = meanInterval(differences);
  return { value, half: confidence[1] - value };
}
