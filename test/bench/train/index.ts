import path from 'node:path';
import { avx2Environment, missingForAvx2 } from '../avx2/avx2.ts';
import { attempt, type BenchContext, type BenchGroup, machine, measured, wanted } from '../measure.ts';
import { torchPeer } from '../peers.ts';
import { distillationAccuracy } from './accuracy-distill.ts';
import { qatAccuracy } from './accuracy-qat.ts';
import { Contest } from './contest.ts';
import { trainedNetworks } from './networks.ts';
import type { Trainer } from './trainer.ts';

/** Steps of training: time, memory, what fake quantization adds, what a second thread brings; beside PyTorch in the same run. */
export const train: BenchGroup = {
  name: 'train',
  async run(bench) {
    if (!bench.zoo) return bench.skip('train', 'the folder of real models is not there (LATHE_ZOO names it)');
    for (const network of trainedNetworks) {
      const title = `${network.name}, batch ${network.batch}`;
      if (bench.only !== undefined && ![...rows, avx2Row].some((row) => wanted(bench, `${title}: ${row}`))) continue;
      await attempt(bench, title, async () => {
        const contest = await Contest.open(bench, network);
        await step(bench, title, contest);
        if (network.also.includes('portable')) await portable(bench, title, contest);
        if (network.also.includes('qat')) await quantized(bench, title, contest);
        if (network.also.includes('scaling')) await scaling(bench, title, contest);
        if (network.also.includes('avx2')) await onAvx2(bench, title, contest);
      });
    }
    await distillationAccuracy(bench);
    await qatAccuracy(bench);
  },
};

const rows = ['step', 'portable step', 'QAT step', 'one thread / two'];
const avx2Row = 'step, AVX2';
const threads = 2;

/** Median of the steps; the least and the processor's time beside it say how quiet it was. */
const noteOf = (trainer: Trainer): string => `least ${trainer.least('wall').toFixed(0)}, CPU ${trainer.median('cpu').toFixed(0)} ms`;
const beside = (trainer: Trainer | undefined, of: 'wall' | 'peak' = 'wall') =>
  trainer && { ...torchPeer, value: of === 'wall' ? trainer.median('wall') : trainer.peakMiB };

async function step(bench: BenchContext, title: string, contest: Contest): Promise<void> {
  const name = `${title}: step`;
  await measured(bench, name, async () => {
    const ours = contest.ours({ threads });
    const [plain, best] = (['default', 'channels_last'] as const).map((layout) => contest.theirs({ threads, layout }));
    await contest.run([ours, plain, best]);
    const share = hasAvx512 ? 1 : 0.9;
    reportShare(bench, {
      name,
      ours,
      theirs: best,
      share,
      note: `PyTorch default layout ${plain?.median('wall').toFixed(0) ?? 'not run'}`,
    });
    const { mostMiB } = contest.network;
    bench.report({
      name: `${title}: peak memory`,
      value: ours.peakMiB,
      unit: 'MiB',
      ...(mostMiB === undefined ? {} : { goal: `<= ${mostMiB}`, ok: ours.peakMiB <= mostMiB }),
      peer: beside(best, 'peak'),
      ratio: best && ours.peakMiB / best.peakMiB,
      note: 'a process that only trains',
    });
    const outside = (100 * ours.median('outside')) / ours.median('wall');
    bench.report({ name: `${title}: time outside of ONNX Runtime`, value: outside, unit: '%', goal: '<= 3', ok: outside <= 3 });
  });
}

const hasAvx512 = String(machine()['vectorExtensions']).includes('avx512f');

interface Share {
  readonly name: string;
  readonly ours: Trainer;
  readonly theirs: Trainer | undefined;
  /** The most of the peer's time. */
  readonly share: number;
  readonly note?: string;
}

function reportShare(bench: BenchContext, { name, ours, theirs, share, note }: Share): void {
  const value = ours.median('wall');
  const ratio = theirs && value / theirs.median('wall');
  bench.report({
    name,
    value,
    unit: 'ms',
    goal: `<= ${share} of PyTorch channels_last`,
    ok: ratio === undefined ? undefined : ratio <= share,
    peer: beside(theirs),
    ratio,
    note: [noteOf(ours), theirs && `PyTorch's CPU ${theirs.median('cpu').toFixed(0)} ms`, note].filter(Boolean).join('; '),
  });
}

async function portable(bench: BenchContext, title: string, contest: Contest): Promise<void> {
  const name = `${title}: portable step`;
  await measured(bench, name, async () => {
    const [ours, theirs] = [contest.ours({ threads, lowering: 'portable' }), contest.theirs({ threads, layout: 'channels_last' })];
    await contest.run([ours, theirs]);
    reportShare(bench, { name, ours, theirs, share: 1.7, note: 'standard operators only' });
  });
}

/** Eight bits for weights and activations, as a share of the float step. */
async function quantized(bench: BenchContext, title: string, contest: Contest): Promise<void> {
  const name = `${title}: QAT step`;
  await measured(bench, name, async () => {
    const [float, eight] = [contest.ours({ threads }), contest.ours({ threads, bits: 8 })];
    const theirs = contest.theirs({ threads, layout: 'channels_last', quantized: true });
    await contest.run([float, eight, theirs]);
    reportShare(bench, { name, ours: eight, theirs, share: 1, note: 'w8a8, learned scales' });
    const value = eight.median('wall') / float.median('wall');
    bench.report({ name: `${name} / float step`, value, unit: 'ratio', goal: '<= 1.4', ok: value <= 1.4 });
  });
}

async function scaling(bench: BenchContext, title: string, contest: Contest): Promise<void> {
  const name = `${title}: one thread / two`;
  await measured(bench, name, async () => {
    const [one, two] = [contest.ours({ threads: 1 }), contest.ours({ threads: 2 })];
    await contest.run([one, two]);
    const value = one.median('wall') / two.median('wall');
    bench.report({ name, value, unit: 'ratio', goal: '>= 1.6', ok: value >= 1.6, note: `one thread ${one.median('wall').toFixed(0)} ms` });
  });
}

/** Both sides as on a processor without AVX-512, on machines that have it. */
async function onAvx2(bench: BenchContext, title: string, contest: Contest): Promise<void> {
  if (!hasAvx512) return;
  const name = `${title}: ${avx2Row}`;
  await measured(bench, name, async () => {
    const missing = missingForAvx2();
    if (missing) return bench.skip(name, missing);
    const env = avx2Environment(process.cwd(), path.join(bench.scratch, 'avx2'));
    const ours = contest.ours({ threads, env });
    const theirs = contest.theirs({ threads, layout: 'channels_last', env: { ATEN_CPU_CAPABILITY: 'avx2', ONEDNN_MAX_CPU_ISA: 'AVX2' } });
    await contest.run([ours, theirs]);
    reportShare(bench, { name, ours, theirs, share: 0.9, note: 'both sides without AVX-512' });
  });
}
