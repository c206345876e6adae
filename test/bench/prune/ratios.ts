import path from 'node:path';
import { type BenchContext, measured } from '../measure.ts';
import { benchModels } from '../models.ts';
import { runRecipe } from '../run-recipe.ts';
import { Scorer } from '../score.ts';

const pictures = 500;

/** How widths are found, at the same multiply-adds, straight behind the cut. */
const rows = [
  { model: 'resnet20', macs: 0.26, ways: ['uniform', 'sensitivity', 'search'] },
  { model: 'vgg16q', macs: 0.26, ways: ['uniform', 'sensitivity'] },
  { model: 'mbv2', macs: 0.3, ways: ['uniform', 'search'] },
] as const;

const settingsOf = (way: (typeof rows)[number]['ways'][number]): Record<string, unknown> =>
  way === 'uniform' ? { scope: 'local' } : { ratios: way };

/** Ratios that are measured on validation pictures beside one ratio for all groups; a measured way has to beat the row before it. */
export async function measuredRatios(bench: BenchContext): Promise<void> {
  for (const { model: wanted, macs, ways } of rows) {
    let uniform: number | undefined;
    for (const way of ways) {
      const name = `ratios: ${wanted} at ${Math.round(100 * macs)} % of the multiply-adds, ${way}`;
      await measured(bench, name, async () => {
        const like = benchModels.find((one) => one.name === wanted)!;
        const train = { path: path.join(bench.zoo!, 'data/cifar10/train'), labels: 'folders' };
        const { model, cost } = await runRecipe(bench, {
          version: 1,
          model: path.join(bench.zoo!, like.model),
          task: like.task,
          data: { input: like.input, train, calibration: { ...train, count: pictures } },
          steps: [{ prune: { macs, ...settingsOf(way) } }],
        });
        const { value } = (await new Scorer(bench.zoo!, like).score(model)).fused;
        if (way === 'uniform') uniform = value;
        const goal = way === 'uniform' || uniform === undefined ? {} : { goal: `> ${uniform}, uniform`, ok: value > uniform };
        bench.report({ name, value, unit: '%', ...goal, note: `${cost.cpuSeconds.toFixed(0)} CPU seconds` });
      });
    }
  }
}
