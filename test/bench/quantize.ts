import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createOrtRuntime } from '../../src/engine/runtime/ort-node.ts';
import type { Runtime, RuntimeTensor, Session } from '../../src/engine/runtime/runtime.ts';
import { avx2Environment, missingForAvx2 } from './avx2/avx2.ts';
import { lathe } from './io.ts';
import { type BenchContext, type BenchGroup, median, wanted } from './measure.ts';
import { type BenchModel, benchModels, recipeOf } from './models.ts';
import { peerVersions } from './peers.ts';
import { type ProcessCost, measureProcess } from './process.ts';

interface RunDocument {
  run: string;
  models: { path: string; role: string; bytes: number; packedBytes: number }[];
  metrics?: { before: Score; after: Score };
}
interface Score {
  metric: string;
  value: number;
  samples: number;
  asWritten?: { value: number };
  extra?: Record<string, number>;
}
interface PeerCost {
  cpuSeconds: number;
  peakRssMiB: number;
}

const resnet20 = benchModels[0]!;
let serial = 0;

/** Writes the recipe into the scratch folder and runs it as a user would. */
async function runRecipe(
  bench: BenchContext,
  recipe: Record<string, unknown>,
  env: NodeJS.ProcessEnv = {},
): Promise<{ cost: ProcessCost; document: RunDocument; model: string }> {
  const file = path.join(bench.scratch, `bench-${++serial}.compress.json`);
  writeFileSync(file, JSON.stringify(recipe));
  const cost = await lathe(['run', file, '--json', '--quiet', '-o', path.join(bench.scratch, `runs-${serial}`)], env);
  const document = JSON.parse(cost.stdout) as RunDocument;
  const output = document.models.find((model) => model.role === 'output')!;
  return { cost, document, model: path.resolve(output.path) };
}

/** ONNX Runtime's own quantizer on the same model and pictures; the file stays in the scratch folder. */
async function runPeer(
  bench: BenchContext,
  model: BenchModel,
  count: number,
  method: string,
  types: { activation: string; weight: string; perChannel: boolean },
  out: string,
): Promise<PeerCost> {
  const input = model.input as { mean: number[]; std: number[]; scale: string | number; color: string };
  const cost = await measureProcess(bench.python!, [
    'test/bench/peers/quantize_onnxruntime.py', path.join(bench.zoo!, model.model), path.join(bench.zoo!, model.calibration['path'] as string),
    String(count), method, types.activation, types.weight, types.perChannel ? '1' : '0', out, '32', input.mean.join(','), input.std.join(','), String(input.scale), input.color,
  ]); // prettier-ignore
  return JSON.parse(cost.stdout.trim().split('\n').pop()!) as PeerCost;
}

/** CPU seconds of one stage, from the run's own record. */
function stageCpu(run: string, stage: string): number {
  const record = JSON.parse(readFileSync(path.join(run, 'run.json'), 'utf8')) as { timings: Record<string, { cpuSeconds: number }> };
  return record.timings[stage]!.cpuSeconds;
}

const peerMethods: Record<string, string> = { minmax: 'MinMax', entropy: 'Entropy', percentile: 'Percentile' };
const plain = { activation: 'u8', weight: 's8', perChannel: true };

async function memory(bench: BenchContext): Promise<void> {
  for (const calibrate of ['minmax', 'moving-average', 'percentile', 'entropy', 'mse']) {
    const name = `memory growth, 100 to 2,000 pictures, ${calibrate}`;
    if (!wanted(bench, name)) continue;
    const peak = async (count: number): Promise<number> => {
      const runs: number[] = [];
      for (let i = 0; i < 3; i++) {
        const recipe = recipeOf(bench.zoo!, resnet20, { step: { calibrate }, calibration: { count }, test: false });
        runs.push((await runRecipe(bench, recipe)).cost.peakRssMiB);
      }
      return median(runs);
    };
    const [few, many] = [await peak(100), await peak(2000)];
    const method = peerMethods[calibrate];
    let peer: { name: string; version: string; value: number } | undefined;
    if (bench.python && method) {
      const cost = async (count: number): Promise<number> =>
        (await runPeer(bench, resnet20, count, method, plain, path.join(bench.scratch, 'peer.onnx'))).peakRssMiB;
      peer = { name: 'onnxruntime.quantization', version: peerVersions.onnxruntime, value: (await cost(2000)) - (await cost(100)) };
    }
    const value = many - few;
    bench.report({
      name,
      value,
      unit: 'MiB',
      goal: '<= 15',
      ok: value <= 15,
      peer,
      ratio: peer && value / peer.value,
      note: `whole process tree ${few.toFixed(0)} -> ${many.toFixed(0)} MiB, median of 3`,
    });
  }
}

async function time(bench: BenchContext): Promise<void> {
  for (const calibrate of ['minmax', 'entropy', 'percentile']) {
    const name = `quantize ResNet-20, 500 pictures, ${calibrate}: CPU`;
    if (!wanted(bench, name)) continue;
    const [ours, theirs, whole]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < 3; i++) {
      const recipe = recipeOf(bench.zoo!, resnet20, { step: { calibrate }, calibration: { count: 500 }, test: false });
      const { cost, document } = await runRecipe(bench, recipe);
      whole.push(cost.cpuSeconds);
      ours.push(stageCpu(document.run, 'quantize'));
      if (bench.python)
        theirs.push(
          (await runPeer(bench, resnet20, 500, peerMethods[calibrate]!, plain, path.join(bench.scratch, 'peer.onnx'))).cpuSeconds,
        );
    }
    const value = median(ours);
    const peer = theirs.length ? { name: 'onnxruntime.quantization', version: peerVersions.onnxruntime, value: median(theirs) } : undefined;
    bench.report({
      name,
      value,
      unit: 's',
      goal: '<= 0.5 of the peer',
      ok: peer && value <= 0.5 * peer.value,
      peer,
      ratio: peer && value / peer.value,
      note: `calibration and writing on both sides; our whole process ${median(whole).toFixed(2)} s with start, comparison of layers and report; median of 3`,
    });
  }
}

/** This machine's kernels, and those of a CPU without VNNI where they can be had (avx2/avx2.ts). */
function kernels(bench: BenchContext): { how: string; env: NodeJS.ProcessEnv }[] {
  const found: { how: string; env: NodeJS.ProcessEnv }[] = [{ how: '', env: {} }];
  const missing = missingForAvx2();
  if (missing) bench.skip('int8 on AVX2 without VNNI', missing);
  else found.push({ how: ' on AVX2 without VNNI', env: { ...avx2Environment(process.cwd(), path.join(bench.scratch, 'avx2')) } });
  return found;
}

async function accuracy(bench: BenchContext): Promise<void> {
  const models = benchModels.filter(({ name }) => wanted(bench, `int8 ${name}`));
  for (const { how: machine, env } of models.length ? kernels(bench) : []) {
    for (const model of models) {
      const { document } = await runRecipe(bench, recipeOf(bench.zoo!, model), env);
      const { before, after } = document.metrics!;
      const report = (how: string, score: number): void =>
        bench.report({
          name: `int8 ${model.name}, ${how}${machine}`,
          value: score,
          unit: after.metric,
          goal: model.goal.text,
          ok: model.goal.ok(score, before.value, after.extra ?? {}),
          note: `float ${before.value.toFixed(2)}, ${after.samples} samples${after.extra?.['found'] === undefined ? '' : `, found ${after.extra['found']} of ${after.extra['total']}, ${after.extra['false']} false`}`,
        });
      report('fused', after.value);
      if (after.asWritten) report('as written', after.asWritten.value);
    }
  }
}

async function timeSessions(sessions: readonly Session[], feeds: Record<string, RuntimeTensor>): Promise<number[]> {
  const times = sessions.map(() => [] as number[]);
  for (let round = 0; round < 60; round++) {
    for (const [i, session] of sessions.entries()) {
      const start = performance.now();
      await session.run(feeds);
      if (round >= 10) times[i]!.push(performance.now() - start);
    }
  }
  return times.map(median);
}

async function latency(bench: BenchContext, runtime: Runtime): Promise<void> {
  for (const model of benchModels.filter(({ name }) => ['resnet20', 'resnet8', 'vgg16q', 'mbv2'].includes(name))) {
    const name = `latency ${model.name}`;
    if (!wanted(bench, name)) continue;
    const { model: ours } = await runRecipe(bench, recipeOf(bench.zoo!, model, { test: false }));
    const files = [ours, path.join(bench.zoo!, model.model)];
    if (bench.python) {
      const peer = path.join(bench.scratch, `peer-${model.name}.onnx`);
      await runPeer(
        bench,
        model,
        100,
        'MinMax',
        { ...plain, weight: readFileSync(ours).includes('"weights":"uint8"') ? 'u8' : 's8' },
        peer,
      );
      files.push(peer);
    }
    const sessions: Session[] = [];
    for (const file of files) sessions.push(await runtime.load({ path: file }, { optimize: 'all', threads: 1 }));
    const input = sessions[0]!.inputs[0]!;
    const dims = input.shape.map((dim) => (typeof dim === 'number' ? dim : 1));
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
    const [int8, float, peer] = await timeSessions(sessions, { [input.name]: { type: input.type, dims, data } });
    for (const session of sessions) await session.dispose();
    bench.report({
      name: `${name}, int8 / float`,
      value: int8! / float!,
      unit: 'ratio',
      note: `int8 ${int8!.toFixed(3)} ms, float ${float!.toFixed(3)} ms; 1 thread, median of 50, alternating`,
    });
    if (peer !== undefined) {
      bench.report({
        name: `${name}, int8`,
        value: int8!,
        unit: 'ms',
        goal: '<= 1.03 of the peer',
        ok: int8! <= 1.03 * peer,
        peer: { name: 'onnxruntime.quantization file', version: peerVersions.onnxruntime, value: peer },
        ratio: int8! / peer,
        note: '1 thread, median of 50, alternating',
      });
    }
  }
}

export const quantize: BenchGroup = {
  name: 'quantize',
  async run(bench) {
    if (!bench.zoo) return bench.skip('quantize', 'the folder of real models is not there (LATHE_ZOO names it)');
    await latency(bench, await createOrtRuntime());
    await time(bench);
    await memory(bench);
    await accuracy(bench);
  },
};
