import path from 'node:path';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { lathe } from '../io.ts';
import { attempt, type BenchContext, measured } from '../measure.ts';
import { type BenchModel, benchModels } from '../models.ts';
import { peers } from '../peers.ts';
import type { ProcessCost } from '../process.ts';
import { openPictures } from '../score.ts';
import { type PeerCost, runPeerScript, writeCalibration } from './peer.ts';

const pictures = 64;
const resnet56 = benchModels.find(({ name }) => name === 'resnet56')!;

interface AnalyzeDocument {
  readonly layers: readonly unknown[];
  /** Of the whole model, on one picture. */
  readonly forwardPasses: number;
  readonly cached: boolean;
}

/** `analyze --method isolated` on every layer of ResNet-56: what is run, what comes on top, the second time, and AIMET beside it. */
export async function sensitivity(bench: BenchContext): Promise<void> {
  const name = `analyze isolated, ResNet-56, ${pictures} pictures`;
  await measured(bench, name, async () => {
    const first = await analyze(bench, resnet56);
    const second = await analyze(bench, resnet56);
    const { forwardPasses, layers } = first.document;
    const share = forwardPasses / (layers.length * pictures);
    bench.report({
      name: `${name}: inference`,
      value: share,
      unit: 'runs a layer',
      goal: '<= 0.55',
      ok: share <= 0.55,
      note: `${layers.length} layers; in whole runs of the model on all pictures, parts by their multiply-adds, float run and calibration included`,
    });
    const pure = forwardPasses * (await inferenceCpu(bench, resnet56));
    const ratio = first.cost.cpuSeconds / pure;
    bench.report({
      name: `${name}: whole process / that inference`,
      value: ratio,
      unit: 'ratio',
      goal: '<= 1.1',
      ok: ratio <= 1.1,
      note: `${first.cost.cpuSeconds.toFixed(1)} CPU s; ${pure.toFixed(1)} s is the float model as often, 1 thread, by itself; ${first.cost.peakRssMiB.toFixed(0)} MiB at most`,
    });
    const again = second.cost.wallSeconds;
    const note = second.document.cached ? 'whole process' : 'whole process; not from the cache';
    bench.report({ name: `${name}: second time`, value: again, unit: 's', goal: '<= 1', ok: again <= 1 && second.document.cached, note });
    if (bench.peers) await attempt(bench, `${name}: peer`, () => besideAimet(bench, name, first.cost.cpuSeconds));
  });
}

async function analyze(bench: BenchContext, model: BenchModel): Promise<{ cost: ProcessCost; document: AnalyzeDocument }> {
  const { color, scale, mean, std } = model.input as { color: string; scale: string; mean: number[]; std: number[] };
  const cost = await lathe([
    'analyze', path.join(bench.zoo!, model.model), '--method', 'isolated', '--samples', String(pictures), '--cache', path.join(bench.scratch, 'analyses'),
    '--calibration', path.join(bench.zoo!, model.calibration['path'] as string), '--labels', 'folders', '--count', String(pictures),
    '--color', color, '--scale', scale, '--mean', mean.join(','), '--std', std.join(','), '--json', '--quiet',
  ]); // prettier-ignore
  return { cost, document: JSON.parse(cost.stdout) as AnalyzeDocument };
}

/** Processor seconds of one picture in the float model. */
async function inferenceCpu(bench: BenchContext, model: BenchModel): Promise<number> {
  const session = await (await createOrtRuntime()).load({ path: path.join(bench.zoo!, model.model) }, { optimize: 'all', threads: 1 });
  const dataset = await openPictures(bench.zoo!, model, { ...model.calibration, count: pictures });
  let before: NodeJS.CpuUsage | undefined;
  const rounds = 10;
  for await (const { input } of dataset.stream({ signal: new AbortController().signal, to: 1 })) {
    const feeds = { [session.inputs[0]!.name]: { ...input, dims: [1, ...input.dims] } };
    for (let i = 0; i < (rounds + 1) * pictures; i++) {
      if (i === pictures) before = process.cpuUsage();
      await session.run(feeds);
    }
  }
  const { user, system } = process.cpuUsage(before);
  await session.dispose();
  return (user + system) / 1e6 / (rounds * pictures);
}

async function besideAimet(bench: BenchContext, name: string, ours: number): Promise<void> {
  const array = path.join(bench.scratch, 'sensitivity.npy');
  await writeCalibration(bench, resnet56, array, pictures);
  const model = path.join(bench.zoo!, resnet56.model);
  const { cpuSeconds } = await runPeerScript<PeerCost>(bench, 'aimet', 'aimet_sensitivity.py', [
    model,
    array,
    path.join(bench.scratch, 'unused'),
  ]);
  const { name: tool, version } = peers.aimet;
  bench.report({
    name: `${name}: CPU`,
    value: ours,
    unit: 's',
    goal: '<= 0.25 of the peer',
    ok: ours <= 0.25 * cpuSeconds,
    peer: { name: `${tool} analyze_per_layer_sensitivity`, version, value: cpuSeconds },
    ratio: ours / cpuSeconds,
    note: 'our whole process; the peer without imports',
  });
}
