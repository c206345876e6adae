import path from 'node:path';
import type { CheckJob } from '../../../protocol/job.ts';
import type { FixedModel } from '../../../protocol/results/board.ts';
import type { Context } from '../../base/context.ts';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import { writeModel } from '../../onnx/file.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { fitModel, type FitRequest } from './fit-model.ts';

/** Fixes a model and writes it where the job says, and what was cut off beside it. Throws `fit.output`, and what `fitModel` throws. */
export async function writeFixed(job: CheckJob, request: FitRequest, runtime: Runtime, context: Context): Promise<FixedModel> {
  const { output } = job;
  if (output === undefined)
    throw new LatheError('fit.output', 'the model with the fixes applied needs a name', { hint: 'Give one: -o FIXED.onnx.' });
  if (path.resolve(output) === path.resolve(job.model)) {
    throw new LatheError('export.same-file', 'the model itself would be written over', { file: output, hint: 'Name another file.' });
  }
  const { model, pre, post, applied, proof } = await fitModel(request, runtime, context);
  throwIfCancelled(context.signal);
  const beside = (what: string): string => output.replace(/(\.onnx)?$/i, `.${what}.onnx`);
  if (pre) await writeModel(pre, beside('pre'));
  if (post) await writeModel(post, beside('post'));
  await writeModel(model, output);
  return { applied, proof, output, ...(pre ? { pre: beside('pre') } : {}), ...(post ? { post: beside('post') } : {}) };
}
