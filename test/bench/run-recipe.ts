import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { lathe } from './io.ts';
import type { BenchContext } from './measure.ts';
import type { ProcessCost } from './process.ts';

/** What `lathe run --json` says, as far as benchmarks read it. */
export interface RunDocument {
  readonly run: string;
  readonly models: readonly { readonly path: string; readonly role: string; readonly bytes: number; readonly packedBytes: number }[];
}

export interface RecipeRun {
  /** Of the whole process tree. */
  readonly cost: ProcessCost;
  readonly document: RunDocument;
  /** The final model. */
  readonly model: string;
}

let serial = 0;

/** Writes the recipe into the scratch folder and runs it as a user would. */
export async function runRecipe(
  bench: BenchContext,
  recipe: Record<string, unknown>,
  options: { args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<RecipeRun> {
  const file = path.join(bench.scratch, `bench-${++serial}.compress.json`);
  writeFileSync(file, JSON.stringify(recipe));
  const place = path.join(bench.scratch, `runs-${serial}`);
  const cost = await lathe(['run', file, '--json', '--quiet', ...(options.args ?? []), '-o', place], options.env);
  const document = JSON.parse(cost.stdout) as RunDocument;
  const output = document.models.find((model) => model.role === 'output')!;
  return { cost, document, model: path.resolve(output.path) };
}

/** CPU seconds of one stage, from the run's own record. */
export function stageCpu(run: string, stage: string): number {
  const record = JSON.parse(readFileSync(path.join(run, 'run.json'), 'utf8')) as { timings: Record<string, { cpuSeconds: number }> };
  return record.timings[stage]!.cpuSeconds;
}
