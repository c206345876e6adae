import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chainStages, stageModel } from '../../chain/stages.ts';
import { compositionOf } from '../../chain/split.ts';
import { readModel, writeModel } from '../../onnx/file.ts';
import { inferShapes } from '../../ops/infer.ts';
import type { ChainRequest } from '../../targets/run-plan.ts';

/** Two hold what one stage takes longer than the other now and then, and no picture waits for long. */
const queue = 2;

/**
 * Writes each model of a chain as a file that can be run by itself. Undefined for a model that is none of a chain, and for one of which a
 * single stage is left.
 */
export async function writeChainFiles(model: string, folder: string): Promise<ChainRequest | undefined> {
  const whole = await readModel(model);
  const composition = compositionOf(whole);
  const shapes = inferShapes(whole);
  const stages = composition ? chainStages(whole, composition, shapes) : [];
  if (stages.length < 2) return undefined;
  await mkdir(folder, { recursive: true });
  const files: ChainRequest['stages'][number][] = [];
  for (const [at, stage] of stages.entries()) {
    const file = path.join(folder, `stage-${at}.onnx`);
    await writeModel(stageModel(whole, stage, shapes), file);
    const inputs = stage.inputs.map(({ value }) => value);
    files.push({ alias: stage.alias, model: file, inputs, outputs: stage.outputs, passes: [] });
  }
  return { stages: withPasses(files, whole.graph.outputs.map(({ name }) => name)), queue }; // prettier-ignore
}

/** What is known behind a stage and still needed by a later one, or at the end. */
function withPasses(stages: readonly ChainRequest['stages'][number][], ends: readonly string[]): ChainRequest['stages'] {
  const known = new Set(stages.flatMap(({ inputs }) => inputs).filter((value) => stages.every(({ outputs }) => !outputs.includes(value))));
  return stages.map((stage, at) => {
    for (const value of stage.outputs) known.add(value);
    const needed = new Set([...stages.slice(at + 1).flatMap(({ inputs }) => inputs), ...ends]);
    return { ...stage, passes: [...needed].filter((value) => known.has(value)) };
  });
}
