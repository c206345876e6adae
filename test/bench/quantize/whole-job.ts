import { type BenchContext, measured, median } from '../measure.ts';
import { benchModels, recipeOf } from '../models.ts';
import { runRecipe, stageCpu } from '../run-recipe.ts';

const times = [0, 1, 2];

/** What `round: layer` costs: the whole process, from reading the model to the report. */
export async function roundLayer(bench: BenchContext): Promise<void> {
  for (const { model, pictures, limit } of [
    { model: 'resnet8', pictures: 200, limit: 4 },
    { model: 'resnet20', pictures: 500, limit: 15 },
  ]) {
    const name = `round: layer, ${model} w4a8, ${pictures} pictures`;
    await measured(bench, name, async () => {
      const [cpu, memory]: [number[], number[]] = [[], []];
      for (const seed of times) {
        const step = { round: 'layer', weights: 4 };
        const { cost } = await runRecipe(
          bench,
          recipeOf(bench.zoo!, find(model), { step, calibration: { count: pictures }, test: false, seed }),
        );
        cpu.push(cost.cpuSeconds);
        memory.push(cost.peakRssMiB);
      }
      const [seconds, peak] = [median(cpu), Math.max(...memory)];
      const note = 'whole process tree, median of 3 draws';
      bench.report({ name: `${name}: CPU`, value: seconds, unit: 's', goal: `<= ${limit}`, ok: seconds <= limit, note });
      bench.report({ name: `${name}: peak memory`, value: peak, unit: 'MiB', goal: '<= 500', ok: peak <= 500, note: 'the largest of 3' });
    });
  }
}

/** Processor time that cross-layer equalization adds to the step. */
export async function equalization(bench: BenchContext): Promise<void> {
  for (const model of ['mbv1', 'mbv2']) {
    const name = `equalization, ${model}: CPU`;
    await measured(bench, name, async () => {
      const cpuWith = async (equalize: boolean): Promise<number> => {
        const found: number[] = [];
        for (const seed of times) {
          const recipe = recipeOf(bench.zoo!, find(model), { step: { equalize }, calibration: { count: 50 }, test: false, seed });
          found.push(stageCpu((await runRecipe(bench, recipe)).document.run, 'quantize'));
        }
        return median(found);
      };
      const [on, off] = [await cpuWith(true), await cpuWith(false)];
      const value = on - off;
      const note = `the step with it ${on.toFixed(2)} s, without ${off.toFixed(2)} s; 50 pictures, medians of 3`;
      bench.report({ name, value, unit: 's', goal: '<= 1', ok: value <= 1, note });
    });
  }
}

const find = (name: string) => benchModels.find((model) => model.name === name)!;
