import path from 'node:path';
import { avx2Environment, missingForAvx2 } from './avx2/avx2.ts';
import { type BenchContext, type BenchGroup, measured, wanted } from './measure.ts';
import { type BenchModel, benchModels, recipeOf } from './models.ts';
import { type RunDocument, runRecipe } from './run-recipe.ts';

/** This machine's kernels, and those of a CPU without VNNI where they can be had (avx2/avx2.ts). */
function kernels(bench: BenchContext): { how: string; env: NodeJS.ProcessEnv }[] {
  const found: { how: string; env: NodeJS.ProcessEnv }[] = [{ how: '', env: {} }];
  const missing = missingForAvx2();
  if (missing) bench.skip('int8 on AVX2 without VNNI', missing);
  else found.push({ how: ' on AVX2 without VNNI', env: { ...avx2Environment(process.cwd(), path.join(bench.scratch, 'avx2')) } });
  return found;
}

interface Score {
  readonly metric: string;
  readonly value: number;
  readonly samples: number;
  readonly asWritten?: { readonly value: number };
  readonly extra?: Record<string, number>;
}

async function scoreModel(bench: BenchContext, model: BenchModel, machine: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { document } = await runRecipe(bench, recipeOf(bench.zoo!, model), { env });
  const { before, after } = (document as RunDocument & { metrics: { before: Score; after: Score } }).metrics;
  const { extra } = after;
  const found = extra?.['found'] === undefined ? '' : `, found ${extra['found']} of ${extra['total']}, ${extra['false']} false`;
  const report = (how: string, score: number): void =>
    bench.report({
      name: `int8 ${model.name}, ${how}${machine}`,
      value: score,
      unit: after.metric,
      goal: model.goal.text,
      ok: model.goal.ok(score, before.value, extra ?? {}),
      note: `float ${before.value.toFixed(2)}, ${after.samples} samples${found}`,
    });
  report('fused', after.value);
  if (after.asWritten) report('as written', after.asWritten.value);
}

/** Default int8 on the kernels of this machine and on those of a CPU without VNNI. */
export const int8: BenchGroup = {
  name: 'int8',
  async run(bench) {
    if (!bench.zoo) return bench.skip('int8', 'the folder of real models is not there (LATHE_ZOO names it)');
    const models = benchModels.filter(({ name }) => wanted(bench, `int8 ${name}`));
    for (const { how, env } of models.length ? kernels(bench) : []) {
      for (const model of models) await measured(bench, `int8 ${model.name}${how}`, () => scoreModel(bench, model, how, env));
    }
  },
};
