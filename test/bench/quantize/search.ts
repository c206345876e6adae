import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { lathe } from '../io.ts';
import { type BenchContext, measured } from '../measure.ts';
import { benchModels, recipeOf } from '../models.ts';
import { runRecipe, type RunDocument } from '../run-recipe.ts';
import { Scorer } from '../score.ts';

/** Mixed precision at half of the int8 bytes, against the same rounding with 4 bits everywhere, which has as many. */
export async function search(bench: BenchContext): Promise<void> {
  for (const { model: name, least } of [
    { model: 'resnet8', least: 2 },
    { model: 'resnet20', least: 0 },
  ]) {
    const title = `search at 50 % of the bytes, ${name}`;
    await measured(bench, title, async () => {
      const model = benchModels.find((one) => one.name === name)!;
      const scorer = new Scorer(bench.zoo!, model);
      const step = { round: 'layer' };
      const uniform = recipeOf(bench.zoo!, model, { step: { ...step, weights: 4 }, calibration: { count: 200 }, test: false });
      const flat = (await scorer.score((await runRecipe(bench, uniform)).model)).written.value;
      const recipe = recipeOf(bench.zoo!, model, { step, calibration: { count: 200 }, test: false });
      // Other training pictures than those that ranges come from, as far as a seed can say.
      const data = recipe['data'] as Record<string, Record<string, unknown>>;
      data['validation'] = { ...data['calibration'], count: 500 };
      const file = path.join(bench.scratch, `${name}-search.compress.json`);
      writeFileSync(file, JSON.stringify({ ...recipe, output: { folder: path.join(bench.scratch, `search-${name}`) } }));
      const cost = await lathe(['search', file, '--bytes', '50%', '--json', '--quiet']);
      const document = JSON.parse(cost.stdout) as RunDocument;
      const output = document.models.find(({ role }) => role === 'output')!;
      const mixed = (await scorer.score(path.resolve(output.path))).written.value;
      const float = (await scorer.float()).written.value;
      const value = mixed - flat;
      bench.report({
        name: title,
        value,
        unit: 'points above w4',
        goal: `>= ${least}`,
        ok: value >= least - 1e-9,
        note: `mixed ${mixed.toFixed(2)}, 4 bits everywhere ${flat.toFixed(2)}, float ${float.toFixed(2)}; ${cost.cpuSeconds.toFixed(1)} CPU s, ${cost.peakRssMiB.toFixed(0)} MiB`,
      });
    });
  }
}
