import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Context } from '../base/context.ts';
import { LatheError } from '../base/errors.ts';
import type { Simulated } from '../evaluate/evaluate.ts';
import { isQdq } from '../evaluate/sessions.ts';
import { readModel, writeModel } from '../onnx/file.ts';
import { scanModel } from '../onnx/scan.ts';
import { findTarget } from '../targets/index.ts';
import { simulations } from '../targets/simulations.ts';

/** Whether figures of a quantized model on this target come from a simulation of its arithmetic. */
export const isSimulated = (target: string): boolean => findTarget(target)?.fixPositions !== undefined;

/**
 * Gives `work` a file of float operators that computes what the target would compute of a quantized model, as exactly as its warnings say; undefined
 * where the target computes as ONNX Runtime does or the model is not quantized. The file lies in a folder of its own, which is
 * removed behind. Throws `<target>.scale` for a model that the target cannot run as it is quantized.
 */
export async function withSimulation<Result>(
  model: string,
  target: string | undefined,
  { logger }: Pick<Context, 'logger'>,
  work: (simulated: Simulated | undefined) => Promise<Result>,
): Promise<Result> {
  const family = target === undefined ? undefined : findTarget(target)?.fixPositions;
  if (target === undefined || family === undefined || !isQdq(await scanModel(model))) return work(undefined);
  const { model: floats, warnings } = simulations[family](await readModel(model));
  for (const warning of warnings) logger.warn(warning);
  const folder = await mkdtemp(path.join(tmpdir(), 'lathe-simulation-'));
  try {
    const file = path.join(folder, 'simulation.onnx');
    await writeModel(floats, file);
    return await work({ path: file, target });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A target that is named has to exist. Throws `recipe.target`. */
export function knownTarget(target: string | undefined): string | undefined {
  if (target === undefined || findTarget(target)) return target;
  throw new LatheError('recipe.target', `there is no target ${JSON.stringify(target)}`, { hint: '`lathe targets` lists them.' });
}
