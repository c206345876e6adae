import path from 'node:path';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { layerCosts } from '../../../src/engine/ops/cost.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { type BenchContext, measured } from '../measure.ts';
import { benchModels, type BenchModel } from '../models.ts';
import { runRecipe } from '../run-recipe.ts';
import { Scorer } from '../score.ts';

/** Quantization-aware training on the 4,000 training pictures, a tenth of which the choice of the best epoch looks at. */
interface QatRow {
  readonly model: string;
  /** In place of the benchmarks' model, whose pictures are meant: the same network before folding. */
  readonly file?: string;
  readonly scheme: string;
  /** Settings of the step: chosen on validation pictures, never on the test pictures. */
  readonly step: Readonly<Record<string, unknown>>;
  /** Of the training; as `step`, chosen on validation pictures. */
  readonly training: { readonly epochs: number; readonly batch?: number };
  readonly augment: readonly unknown[];
  readonly least: number;
  /** Figures of PyTorch from the study of peers: the same pictures, FX graph mode. */
  readonly note?: string;
}

const resnet20 = {
  model: 'resnet20',
  file: 'models/cifar10-resnet/resnet20_cifar10_bn.onnx',
  training: { epochs: 2 },
  augment: ['flip', { crop: { padding: 4 } }],
};
// Shifted pictures with black edges raise its loss on validation pictures, and more than double that of training.
const resnet8 = { model: 'resnet8', training: { epochs: 3, batch: 64 }, augment: ['flip'] };

const rows: readonly QatRow[] = [
  { ...resnet20, scheme: 'w4a4', step: { weights: 4, activations: 4 }, least: 91, note: 'PyTorch 86.3' },
  { ...resnet20, scheme: 'w3a3', step: { weights: 3, activations: 3 }, least: 89.5 },
  { ...resnet20, scheme: 'w2a8', step: { weights: 2 }, least: 88 },
  { ...resnet20, scheme: 'ternary weights, a8', step: { weights: 'ternary' }, least: 86 },
  { ...resnet20, scheme: 'w5a8, power-of-two scales', step: { weights: 5, scales: 'power-of-two' }, least: 91 },
  { ...resnet20, scheme: 'w5a8, incremental to powers of two', step: { weights: 5, method: 'inq' }, least: 90.5 },
  { ...resnet8, scheme: 'w4a8', step: { weights: 4 }, least: 87.8, note: 'PyTorch 86.3' },
  { ...resnet8, scheme: 'w4a4', step: { weights: 4, activations: 4 }, least: 86, note: 'PyTorch 71.1' },
  { ...resnet8, scheme: 'w2a8', step: { weights: 2 }, least: 80 },
  { ...resnet8, scheme: 'w8a8', step: {}, least: 87.8, note: 'PyTorch 86.2 after 87.8 before training' },
];

/** First and last layer of 8 bits; accuracy on the test pictures, beside what it started from, and what it costs. */
export async function qatAccuracy(bench: BenchContext): Promise<void> {
  for (const row of rows) {
    const name = `QAT: ${row.model} ${row.scheme}, ${row.training.epochs} epochs`;
    await measured(bench, name, async () => {
      const like = benchModels.find((one) => one.name === row.model)!;
      const scorer = new Scorer(bench.zoo!, like);
      const run = async (count: number) => runRecipe(bench, await recipeOf(bench.zoo!, row, like, count));
      const [before, after] = [await run(0), await run(row.training.epochs)];
      const [started, score] = [await scorer.score(before.model), await scorer.score(after.model)];
      const minutes = after.cost.cpuSeconds / 60;
      const parts = [`from ${started.written.value.toFixed(1)} without training`, `${minutes.toFixed(1)} CPU minutes`, row.note];
      bench.report({
        name,
        value: score.written.value,
        unit: '%',
        goal: `>= ${row.least}`,
        ok: score.written.value >= row.least,
        note: parts.filter(Boolean).join('; '),
      });
      bench.report({ name: `${name}: CPU`, value: minutes, unit: 'min', goal: '<= 15', ok: minutes <= 15 });
    });
  }
}

const calibrationPictures = 500;

async function recipeOf(zoo: string, row: QatRow, like: BenchModel, count: number): Promise<Record<string, unknown>> {
  const model = path.join(zoo, row.file ?? like.model);
  const train = { path: path.join(zoo, 'data/cifar10/train'), labels: 'folders' };
  return {
    version: 1,
    model,
    task: like.task,
    data: {
      input: like.input,
      train: { ...train, augment: row.augment },
      calibration: { ...train, count: calibrationPictures },
    },
    steps: [{ qat: { ...row.training, epochs: count, ...row.step } }],
    layers: await endLayers(model),
  };
}

async function endLayers(file: string): Promise<Record<string, unknown>> {
  const model = await readModel(file);
  const layers = layerCosts(model, inferShapes(model)).filter(({ macs, parameters }) => macs && parameters);
  return { [layers[0]!.label]: { weights: 8 }, [layers.at(-1)!.label]: { weights: 8, activations: 8 } };
}
