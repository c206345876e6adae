import path from 'node:path';
import { type BenchContext, measured } from '../measure.ts';
import { benchModels } from '../models.ts';
import { runRecipe } from '../run-recipe.ts';
import { Scorer } from '../score.ts';
import { beside, TorchPruningResults } from './torch-pruning.ts';

/** Straight behind the cut: no training, no labels. */
interface CutRow {
  readonly model: string;
  /** Part of the multiply-adds that remains. */
  readonly macs: number;
  readonly least: number;
  /** Part of every group's channels that Torch-Pruning takes for the same. */
  readonly channels: number;
}

const rows: readonly CutRow[] = [
  { model: 'resnet20', macs: 0.57, least: 87.5, channels: 0.25 },
  { model: 'resnet20', macs: 0.26, least: 75, channels: 0.5 },
  { model: 'vgg16q', macs: 0.57, least: 83, channels: 0.25 },
  { model: 'vgg16q', macs: 0.26, least: 74, channels: 0.5 },
];

const pictures = 500;
const mostSeconds = 60;

/** Accuracy on the test pictures behind the cut, with widths by elimination curves and with one ratio for all. */
export async function compensated(bench: BenchContext): Promise<void> {
  const torchPruning = new TorchPruningResults(bench);
  for (const { model: wanted, macs, least, channels } of rows) {
    for (const scope of ['global', 'local']) {
      const widths = scope === 'global' ? 'widths by error' : 'the same part of every group';
      const name = `compensated, no training: ${wanted} at ${Math.round(100 * macs)} % of the multiply-adds, ${widths}`;
      await measured(bench, name, async () => {
        const like = benchModels.find((one) => one.name === wanted)!;
        const { model, cost } = await runRecipe(bench, {
          version: 1,
          model: path.join(bench.zoo!, like.model),
          task: like.task,
          data: {
            input: like.input,
            calibration: { path: path.join(bench.zoo!, 'data/cifar10/train'), labels: 'folders', count: pictures },
          },
          steps: [{ prune: { macs, scope } }],
        });
        const { value } = (await new Scorer(bench.zoo!, like).score(model)).fused;
        const seconds = cost.cpuSeconds;
        const { note, ...measurement } = beside(value, await torchPruning.of(wanted, channels));
        bench.report({
          name,
          value,
          unit: '%',
          ...measurement,
          ...(scope === 'global' ? { goal: `>= ${least} in ${mostSeconds} s`, ok: value >= least && seconds <= mostSeconds } : {}),
          note: [`${seconds.toFixed(0)} CPU seconds`, note].filter(Boolean).join('; '),
        });
      });
    }
  }
}
