import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { plainContext } from '../../../src/engine/base/context.ts';
import { runJob, type JobDeps } from '../../../src/engine/pipeline/jobs.ts';
import type { ChainThroughput, ChainWay } from '../../../src/protocol/results/chain.ts';
import { measured, type BenchContext } from '../measure.ts';

interface Known {
  readonly name: string;
  /** Files below the zoo, by alias; the second takes the first's answer. */
  readonly models: readonly [first: string, second: string];
  /** How the first one's input is made, and what the second does to what it gets. */
  readonly input: Record<string, unknown>;
  readonly seam: Record<string, unknown>;
  readonly quantize: Record<string, unknown>;
}

const faces = 'data/faces';
const square = { size: [320, 320], fit: 'stretch' };

/** Chains of real models, as each would run on a CPU. */
const chains: readonly Known[] = [
  {
    name: 'SCI medium → YuNet n_320, w8a8',
    models: ['models/lowlight-sci/sci_medium.onnx', 'models/face-yunet/yunet_n_320_320.onnx'],
    input: { color: 'rgb', scale: '1/255', mean: 0, std: 1, resize: square },
    seam: { from: 'first', color: 'bgr', scale: 255 },
    quantize: { weights: 8, activations: 8 },
  },
];

/** Pictures a second of a chain in series and as a pipeline, on this machine; the outputs of both must be equal bit for bit. */
export async function throughput(bench: BenchContext): Promise<void> {
  for (const known of chains) await measured(bench, `${known.name}: throughput`, () => one(bench, known));
}

async function one(bench: BenchContext, { name, models: [first, second], input, seam, quantize }: Known): Promise<void> {
  if (bench.zoo === undefined) return bench.skip(`${name}: throughput`, 'no folder of real models');
  const below = (file: string): string => path.join(bench.zoo!, file);
  const file = path.join(bench.scratch, `throughput-${name.replaceAll(/\W+/g, '-')}.compress.json`);
  const recipe = {
    version: 1,
    models: { first: { model: below(first) }, second: { model: below(second), input: seam } },
    chain: ['first', 'second'],
    data: { input, calibration: { path: below(faces) } },
    steps: [{ quantize }],
    deploy: { target: 'cpu', runs: 20, 'warm-up': 5, seconds: 4, pictures: 8 },
  };
  writeFileSync(file, JSON.stringify(recipe));
  const deps: JobDeps = { context: plainContext({ signal: new AbortController().signal }), onProgress() {}, onRunFolder() {} };
  const request = { text: JSON.stringify(recipe), file, runs: path.join(bench.scratch, 'throughput-runs') };
  const [document] = await runJob({ kind: 'deploy', recipe: request, run: 'new', here: true }, deps);
  const found = document?.chain?.measured;
  if (!found) throw new Error(document?.error?.message ?? 'nothing was measured');
  report(bench, name, found);
}

function report(bench: BenchContext, name: string, { ways, stages, limit, equal }: ChainThroughput): void {
  const best = (way: ChainWay['way']): ChainWay => ways.filter((one) => one.way === way).reduce((a, b) => (b.fps > a.fps ? b : a));
  const [series, pipelined] = [best('series'), best('pipelined')];
  const text = ({ threads, latencyMs }: ChainWay): string => `${threads} threads a session, latency ${latencyMs.median.toFixed(1)} ms`;
  bench.report({ name: `${name}: one file, in series`, value: best('whole').fps, unit: 'pictures/s', note: text(best('whole')) });
  bench.report({ name: `${name}: a file each, in series`, value: series.fps, unit: 'pictures/s', note: text(series) });
  const each = stages.map(({ alias, ms }) => `${alias} ${ms.toFixed(1)} ms`).join(', ');
  bench.report({
    name: `${name}: a file each, pipelined`,
    value: pipelined.fps,
    unit: 'pictures/s',
    note: `${text(pipelined)}; ${stages[limit]!.alias} limits it (${each}); ${(pipelined.fps / series.fps).toFixed(2)} times in series`,
  });
  const differ = equal.elements - equal.equal;
  bench.report({
    name: `${name}: outputs that differ between both`,
    value: differ,
    unit: 'outputs',
    goal: '0',
    ok: differ === 0 && equal.elements > 0,
    note: `of ${equal.elements} over ${equal.pictures} pictures`,
  });
}
