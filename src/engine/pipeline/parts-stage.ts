import path from 'node:path';
import { compositionOf, splitChain } from '../chain/split.ts';
import { LatheError } from '../base/errors.ts';
import { readModel, writeModel } from '../onnx/file.ts';
import { hashFile } from './hash.ts';
import { safeName } from './run-folder.ts';
import type { FinishedStep, StepChain } from './step-chain.ts';

/** Writes the models of a chain by themselves again, beside the last model of the run. What cannot be taken apart is a warning: the whole is there. */
export async function writeParts({ session, recipe }: StepChain, finished: readonly FinishedStep[]): Promise<void> {
  const last = finished.at(-1);
  if (!recipe.chain || !last) return;
  const whole = await readModel(path.join(session.folder.models, last.name));
  const composition = compositionOf(whole);
  const { warnings } = session.record;
  for (const { alias } of composition?.links ?? []) {
    try {
      const name = safeName(`${alias}_${last.step}.onnx`);
      const file = path.join(session.folder.models, name);
      await writeModel(splitChain(whole, composition!, alias), file);
      session.record.hashes[`models/${name}`] = (await hashFile(file)).sha256;
    } catch (error) {
      if (!(error instanceof LatheError) || error.code !== 'chain.split') throw error;
      if (!warnings.includes(error.message)) warnings.push(error.message);
    }
  }
}
