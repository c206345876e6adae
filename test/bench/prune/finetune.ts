import path from 'node:path';
import { type BenchContext, measured } from '../measure.ts';
import { benchModels, type BenchModel } from '../models.ts';
import { runRecipe } from '../run-recipe.ts';
import { Scorer } from '../score.ts';

/** A cut, and three epochs on the 4,000 training pictures, of which a tenth is for the choice of the best. */
interface FinetuneRow {
  readonly model: string;
  /** Part of the multiply-adds that remains. */
  readonly macs: number;
  readonly least: number;
  /** Torch-Pruning and PyTorch in the study of peers: the same pictures and epochs. */
  readonly note?: string;
}

const rows: readonly FinetuneRow[] = [
  { model: 'resnet20', macs: 0.57, least: 89.5, note: 'Torch-Pruning 82.1' },
  { model: 'resnet20', macs: 0.26, least: 81, note: 'Torch-Pruning 48.6, 63.3 with distillation from ResNet-56' },
  { model: 'vgg16q', macs: 0.57, least: 84.5, note: 'Torch-Pruning 80.8' },
  { model: 'vgg16q', macs: 0.26, least: 79, note: 'Torch-Pruning 66.6' },
  { model: 'mbv2', macs: 0.3, least: 72, note: 'Torch-Pruning 65.5' },
  { model: 'resnet56', macs: 1 / 2.1, least: 89.6, note: 'float 92.6' },
];

const [epochs, batch] = [3, 64];
/** To choose channels and to make up for them. */
const calibrationPictures = 500;

/** Accuracy on the test pictures behind the cut and behind the training, and what it costs. */
export async function finetuned(bench: BenchContext): Promise<void> {
  for (const row of rows) {
    const name = `pruned and fine-tuned: ${row.model} at ${Math.round(100 * row.macs)} % of the multiply-adds, ${epochs} epochs`;
    await measured(bench, name, async () => {
      const like = benchModels.find((one) => one.name === row.model)!;
      const scorer = new Scorer(bench.zoo!, like);
      const before = await runRecipe(bench, recipeOf(bench.zoo!, row, like));
      const { model, cost } = await runRecipe(bench, recipeOf(bench.zoo!, row, like, { epochs, batch }));
      const cut = (await scorer.score(before.model)).fused.value;
      const { value } = (await scorer.score(model)).fused;
      const minutes = cost.cpuSeconds / 60;
      const parts = [`${cut.toFixed(1)} behind the cut`, `${minutes.toFixed(1)} CPU minutes`, row.note];
      bench.report({
        name,
        value,
        unit: '%',
        goal: `>= ${row.least}, and never below the cut`,
        ok: value >= row.least && value >= cut,
        note: parts.filter(Boolean).join('; '),
      });
    });
  }
}

function recipeOf(zoo: string, { macs }: FinetuneRow, like: BenchModel, finetune?: Record<string, unknown>): Record<string, unknown> {
  const train = { path: path.join(zoo, 'data/cifar10/train'), labels: 'folders' };
  return {
    version: 1,
    model: path.join(zoo, like.model),
    task: like.task,
    data: {
      input: like.input,
      train: { ...train, augment: ['flip', { crop: { padding: 4 } }] },
      calibration: { ...train, count: calibrationPictures },
    },
    steps: [{ prune: { macs, ...(finetune ? { finetune } : {}) } }],
  };
}
