import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Dim, Model } from '../../../src/engine/onnx/graph.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { removeChannels } from '../../../src/engine/prune/apply.ts';
import { removalTo } from '../../../src/engine/prune/choose/widths.ts';
import { costsAt } from '../../../src/engine/prune/costs-at.ts';
import { pruningProfile } from '../../../src/engine/prune/costs.ts';
import { l2 } from '../../../src/engine/prune/criteria/l2.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { importanceOf } from '../../../src/engine/prune/importance/index.ts';
import { attempt, type BenchContext, measured, median } from '../measure.ts';
import { pruningPeer } from '../peers.ts';
import { type TorchPruned, torchPruned } from './torch-pruning.ts';

const [ratio, mostSeconds, mostMilliseconds] = [0.5, 0.5, 30];
/** Of pictures whose size is free. */
const side = 64;

/** What the cut and its preview cost, on every file of the zoo. */
export async function cutItself(bench: BenchContext): Promise<void> {
  const files = readdirSync(path.join(bench.zoo!, 'models'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.onnx'))
    .sort();
  for (const file of files) {
    const name = `the cut itself: ${path.basename(file, '.onnx')}, half of the channels`;
    await measured(bench, name, () => cutOf(bench, name, file));
  }
  const name = 'the cut itself: preview of its costs, the slowest file';
  await measured(bench, name, () => previewOf(bench, name, files));
}

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** Seconds of one call. */
async function costOf(work: () => unknown): Promise<Cost> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

/** Groups, importance by L2 and cut, as Torch-Pruning's call does them. */
async function cutHalf(model: Model): Promise<Model> {
  const coupling = couplingOf(model);
  const importance = await importanceOf(l2, {}, { model, coupling, seed: 0 }, { reduce: 'mean', normalize: 'none' });
  const widths = coupling.groups.map(({ channels }) => Math.max(1, Math.round(channels * (1 - ratio))));
  return removeChannels(model, coupling, removalTo(widths, coupling, importance));
}

async function cutOf(bench: BenchContext, name: string, file: string): Promise<void> {
  const model = await readModel(path.join(bench.zoo!, 'models', file));
  const calls: Cost[] = [];
  for (let i = 0; i < 5; i++) calls.push(await costOf(() => cutHalf(model)));
  const theirs = bench.peers && (await theirCut(bench, file, model));
  const value = calls[0]!.cpu;
  const peer = theirs && 'cpuSeconds' in theirs ? theirs : undefined;
  const notes = [
    `CPU time of the first call (wall ${calls[0]!.wall.toFixed(2)} s); later ${median(calls.map(({ cpu }) => cpu)).toFixed(3)}`,
    ...(peer ? [`Torch-Pruning's wall ${peer.seconds.toFixed(2)} s`] : []),
    ...(theirs && 'fails' in theirs ? [`Torch-Pruning fails: ${theirs.fails}`] : []),
  ];
  bench.report({
    name,
    value,
    unit: 's',
    goal: `<= ${mostSeconds}`,
    ok: value <= mostSeconds,
    ...(peer ? { peer: { ...pruningPeer, value: peer.cpuSeconds }, ratio: value / peer.cpuSeconds } : {}),
    note: notes.join('; '),
  });
}

async function theirCut(bench: BenchContext, file: string, model: Model): Promise<TorchPruned> {
  const [input] = model.graph.requiredInputs;
  const shape: readonly Dim[] = input?.type?.kind === 'tensor' ? (input.type.shape ?? []) : [];
  const [result] = await torchPruned(bench, {
    file: path.join('models', file),
    input: shape.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : side)),
    ratios: [ratio],
    // Box, landmarks, class and score.
    ...(file.includes('yunet') ? { ends: [1, 4, 10] } : {}),
  });
  return result!;
}

async function previewOf(bench: BenchContext, name: string, files: readonly string[]): Promise<void> {
  const rows: { file: string; preview: number; profile: number }[] = [];
  for (const file of files) {
    await attempt(bench, `the cut itself: preview of its costs, ${path.basename(file)}`, async () => {
      const model = await readModel(path.join(bench.zoo!, 'models', file));
      const coupling = couplingOf(model);
      let profile = pruningProfile(model, coupling);
      const { cpu } = await costOf(() => (profile = pruningProfile(model, coupling)));
      const half = profile.groups.map(({ channels }) => Math.ceil(channels / 2));
      const calls: number[] = [];
      for (let i = 0; i < 20; i++) calls.push((await costOf(() => costsAt(profile, half))).wall * 1000);
      rows.push({ file: path.basename(file, '.onnx'), preview: median(calls), profile: cpu });
    });
  }
  const slowest = rows.reduce((most, row) => (row.preview > most.preview ? row : most));
  const profile = Math.max(...rows.map((row) => row.profile));
  bench.report({
    name,
    value: slowest.preview,
    unit: 'ms',
    goal: `<= ${mostMilliseconds}`,
    ok: slowest.preview <= mostMilliseconds,
    note: `costs at other widths, ${slowest.file}, median of 20 calls; once before: its profile, ${profile.toFixed(2)} s CPU at most`,
  });
}
