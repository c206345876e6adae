import path from 'node:path';
import { type BenchContext, measured } from '../measure.ts';
import { benchModels, type BenchModel } from '../models.ts';
import { runRecipe } from '../run-recipe.ts';
import { Scorer } from '../score.ts';
import { beside, TorchPruningResults } from './torch-pruning.ts';

/** A cut, and three epochs on the 4,000 training pictures, of which a tenth is for the choice of the best. */
interface FinetuneRow {
  readonly model: string;
  /** Part of the multiply-adds that remains. */
  readonly macs: number;
  readonly least: number;
  /** Part of every group's channels that Torch-Pruning takes for the same; PyTorch trains on the same pictures for as many epochs. */
  readonly channels: number;
}

const rows: readonly FinetuneRow[] = [
  { model: 'resnet20', macs: 0.57, least: 89.5, channels: 0.25 },
  { model: 'resnet20', macs: 0.26, least: 81, channels: 0.5 },
  { model: 'vgg16q', macs: 0.57, least: 84.5, channels: 0.25 },
  { model: 'vgg16q', macs: 0.26, least: 79, channels: 0.5 },
  { model: 'mbv2', macs: 0.3, least: 72, channels: 0.5 },
  { model: 'resnet56', macs: 1 / 2.1, least: 89.6, channels: 0.31 },
];

const [epochs, batch] = [3, 32];
/** To choose channels and to make up for them: as many as `finetune` has by itself. */
const calibrationPictures = 2000;

/** Accuracy on the test pictures behind the cut and behind the training, and what it costs. */
export async function finetuned(bench: BenchContext): Promise<void> {
  const torchPruning = new TorchPruningResults(bench, { epochs });
  for (const row of rows) {
    const name = `pruned and fine-tuned: ${row.model} at ${Math.round(100 * row.macs)} % of the multiply-adds, ${epochs} epochs`;
    await measured(bench, name, async () => {
      const like = benchModels.find((one) => one.name === row.model)!;
      const scorer = new Scorer(bench.zoo!, like);
      const { model, document, cost } = await runRecipe(bench, recipeOf(bench.zoo!, row, like));
      const before = document.models.find(({ role }) => role === 'intermediate')!.path;
      const cut = (await scorer.score(before)).fused.value;
      const { value } = (await scorer.score(model)).fused;
      const minutes = cost.cpuSeconds / 60;
      const { note, ...measurement } = beside(value, await torchPruning.of(row.model, row.channels), true);
      const parts = [
        `${cut.toFixed(1)} behind the cut, made up for on ${calibrationPictures} pictures`,
        `${minutes.toFixed(1)} CPU minutes`,
        note,
      ];
      bench.report({
        name,
        value,
        unit: '%',
        ...measurement,
        goal: `>= ${row.least}, and never below the cut`,
        ok: value >= row.least && value >= cut,
        note: parts.filter(Boolean).join('; '),
      });
    });
  }
}

/** The cut and the training are steps of their own, so that there is a model between them; one step with both does the same. */
function recipeOf(zoo: string, { macs }: FinetuneRow, like: BenchModel): Record<string, unknown> {
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
    steps: [{ prune: { macs } }, { prune: { channels: 0, criterion: 'l2', finetune: { epochs, batch } } }],
  };
}
