import path from 'node:path';
import { type BenchContext, measured, median } from '../measure.ts';
import { benchModels, recipeOf } from '../models.ts';
import { runRecipe, stageCpu } from '../run-recipe.ts';
import { ortMethods, ortQuantizer, plainTypes, runOrtQuantizer } from './ort-quantizer.ts';

const resnet20 = benchModels[0]!;

/** CPU time of calibration and writing, beside ONNX Runtime's own quantizer on the same pictures. */
export async function time(bench: BenchContext): Promise<void> {
  for (const calibrate of ['minmax', 'entropy', 'percentile']) {
    const name = `quantize ResNet-20, 500 pictures, ${calibrate}: CPU`;
    await measured(bench, name, () => timeOf(bench, name, calibrate));
  }
}

async function timeOf(bench: BenchContext, name: string, calibrate: string): Promise<void> {
  const [ours, theirs, whole]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < 3; i++) {
    const recipe = recipeOf(bench.zoo!, resnet20, { step: { calibrate }, calibration: { count: 500 }, test: false });
    const { cost, document } = await runRecipe(bench, recipe);
    whole.push(cost.cpuSeconds);
    ours.push(stageCpu(document.run, 'quantize'));
    if (bench.peers)
      theirs.push(
        (await runOrtQuantizer(bench, resnet20, 500, ortMethods[calibrate]!, plainTypes, path.join(bench.scratch, 'peer.onnx'))).cpuSeconds,
      );
  }
  const value = median(ours);
  const peer = theirs.length ? { ...ortQuantizer, value: median(theirs) } : undefined;
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

/** Memory must not grow with the pictures. */
export async function memory(bench: BenchContext): Promise<void> {
  for (const calibrate of ['minmax', 'moving-average', 'percentile', 'entropy', 'mse']) {
    const name = `memory growth, 100 to 2,000 pictures, ${calibrate}`;
    await measured(bench, name, () => memoryOf(bench, name, calibrate));
  }
}

async function memoryOf(bench: BenchContext, name: string, calibrate: string): Promise<void> {
  const peak = async (count: number): Promise<number> => {
    const runs: number[] = [];
    for (let i = 0; i < 3; i++) {
      const recipe = recipeOf(bench.zoo!, resnet20, { step: { calibrate }, calibration: { count }, test: false });
      runs.push((await runRecipe(bench, recipe)).cost.peakRssMiB);
    }
    return median(runs);
  };
  const [few, many] = [await peak(100), await peak(2000)];
  const method = ortMethods[calibrate];
  let peer: { name: string; version: string; value: number } | undefined;
  if (bench.peers && method) {
    const cost = async (count: number): Promise<number> =>
      (await runOrtQuantizer(bench, resnet20, count, method, plainTypes, path.join(bench.scratch, 'peer.onnx'))).peakRssMiB;
    peer = { ...ortQuantizer, value: (await cost(2000)) - (await cost(100)) };
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
