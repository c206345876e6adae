import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { boxesText } from '../../../src/protocol/format.ts';
import type { Measurement } from '../../../src/protocol/results/common.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { DataSource, InputDeclaration } from '../../../src/engine/data/source.ts';
import { evaluatePart } from '../../../src/engine/evaluate/evaluate.ts';
import { evaluationOf, measurementOf } from '../../../src/engine/evaluate/part.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { openFor } from '../../../src/engine/pipeline/run-data.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { lathe } from '../io.ts';
import type { BenchContext } from '../measure.ts';
import { runRecipe } from '../run-recipe.ts';
import type { Pictures } from './pictures.ts';

type Alias = 'enhance' | 'detect';

/** One line of the group. */
export interface Row {
  readonly name: string;
  /** By default `enhance`: SCI in front. */
  readonly chain?: 'enhance' | 'denoise';
  /** Of the nine photographs, and of what is calibrated on. */
  readonly degrade: readonly Record<string, unknown>[];
  /** Of the pictures that are learned from, which are dark already. */
  readonly augment?: readonly unknown[];
  /** Of the chain; absent: it is measured as it came. */
  readonly step?: Record<string, unknown>;
  /** These models rounded each by itself, on what it sees in its own use. */
  readonly alone?: { readonly settings: Record<string, unknown>; readonly which: readonly Alias[] };
  readonly goal?: { readonly found: number; readonly false?: number } | { readonly moreThan: string; readonly by: number };
}

/** Calibration pictures. */
const count = 32;
/** DnCNN takes 170 billion multiply-adds for a picture of three channels. */
const fewForDnCnn = 8;

const pixels = { color: 'rgb', scale: '1/255', mean: 0, std: 1 };

/** Runs recipes of chains as a user would, and tells how many faces were found. */
export class ChainRuns {
  readonly #found = new Map<string, number>();
  #serial = 0;

  constructor(
    private readonly bench: BenchContext,
    private readonly pictures: Pictures,
  ) {}

  async measure(row: Row): Promise<void> {
    const models = row.alone ? await this.#alone(row.alone) : {};
    const { model, cpuSeconds } = await this.#run(this.#recipe(row, models));
    const { boxes, splits = [] } = await this.#score(model, row.degrade);
    const { found, false: wrong, total } = boxes!;
    this.#found.set(row.name, found);
    const test = splits.find(({ split }) => split === 'test')?.boxes;
    const least = this.#least(row.goal);
    const most = row.goal && 'false' in row.goal ? row.goal.false : undefined;
    this.bench.report({
      name: row.name,
      value: found,
      unit: `of ${total}`,
      ...(least === undefined
        ? {}
        : {
            goal: `>= ${least}${most === undefined ? '' : `, false <= ${most}`}`,
            ok: found >= least && (most === undefined || wrong <= most),
          }),
      note: [`${wrong} false`, test && `test split alone ${boxesText(test)}`, row.step && `${(cpuSeconds / 60).toFixed(1)} CPU minutes`]
        .filter(Boolean)
        .join('; '),
    });
  }

  #least(goal: Row['goal']): number | undefined {
    if (!goal || 'found' in goal) return goal?.found;
    const than = this.#found.get(goal.moreThan);
    return than === undefined ? undefined : than + goal.by;
  }

  #recipe({ chain = 'enhance', degrade, augment, step }: Row, files: Partial<Record<Alias, string>>): Record<string, unknown> {
    const zoo = this.bench.zoo!;
    const { train, darkTrain } = this.pictures;
    const first =
      chain === 'enhance'
        ? { model: files.enhance ?? path.join(zoo, models.enhance) }
        : { model: path.join(zoo, 'models/denoise-dncnn25/dncnn25_gray.onnx'), 'per-channel': true };
    const seam = { from: chain, scale: 255, color: 'bgr' };
    const learned = { path: darkTrain, batch: 8, augment };
    const calibration = augment ? { path: darkTrain, count } : { path: train, count: chain === 'denoise' ? fewForDnCnn : count, degrade };
    return {
      version: 1,
      models: { [chain]: first, detect: { model: files.detect ?? path.join(zoo, models.detect), input: seam } },
      chain: [chain, 'detect'],
      task: 'detection',
      data: {
        input: pixels,
        ...(augment ? { train: learned } : {}),
        ...(step ? { calibration } : {}),
      },
      steps: step ? [step] : [],
    };
  }

  /** Dark pictures for the one, clean ones for the other: nobody told them of the chain. */
  async #alone({ settings, which }: NonNullable<Row['alone']>): Promise<Partial<Record<Alias, string>>> {
    const { train, darkTrain } = this.pictures;
    const uses = {
      enhance: { input: pixels, calibration: { path: darkTrain, count } },
      detect: { input: { color: 'bgr', scale: 1, mean: 0, std: 1 }, calibration: { path: train, count } },
    };
    const files: Partial<Record<Alias, string>> = {};
    for (const alias of which) {
      const model = path.join(this.bench.zoo!, models[alias]);
      const recipe = { version: 1, model, task: 'none', data: uses[alias], steps: [{ quantize: settings }] };
      files[alias] = (await runRecipe(this.bench, recipe)).model;
    }
    return files;
  }

  /** The last model of a run, and what the run cost. No test pictures: the photographs are scored here, all and by split. */
  async #run(recipe: Record<string, unknown>): Promise<{ model: string; cpuSeconds: number }> {
    const file = path.join(this.bench.scratch, `joint-${++this.#serial}.compress.json`);
    writeFileSync(file, JSON.stringify(recipe));
    const { stdout, cpuSeconds } = await lathe(['run', file, '--json', '--quiet', '-o', path.join(this.bench.scratch, 'joint-runs')]);
    const document = JSON.parse(stdout) as RunDocument;
    return { model: document.models.findLast(({ role }) => role === 'output' || role === 'input')!.path, cpuSeconds };
  }

  /** On the nine photographs, with this machine's kernels. */
  async #score(model: string, degrade: Row['degrade']): Promise<Measurement> {
    const { path: folder, labels } = this.pictures.faces;
    const source = { path: folder, labels, degrade } as unknown as DataSource;
    const [runtime, context] = [await createOrtRuntime(), plainContext({ threads: 2 })];
    const dataset = await openFor(await readModel(model), { source, folder, input: pixels as InputDeclaration, seed: 0 }, context);
    const decode = { kind: 'yunet' } as DataSource['decode'];
    return measurementOf(evaluationOf(await evaluatePart({ model, task: 'detection', dataset, decode }, { runtime, context })));
  }
}

const models = { enhance: 'models/lowlight-sci/sci_medium.onnx', detect: 'models/face-yunet/yunet_n_320_320.onnx' };
