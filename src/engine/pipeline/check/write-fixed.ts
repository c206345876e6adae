import path from 'node:path';
import type { CheckJob } from '../../../protocol/job.ts';
import type { AppliedFix, FixedModel } from '../../../protocol/results/board.ts';
import type { Context } from '../../base/context.ts';
import { latheVersion } from '../../base/version.ts';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import { writeModel } from '../../onnx/file.ts';
import type { Model } from '../../onnx/graph.ts';
import { layerCosts, type LayerCost } from '../../ops/cost.ts';
import { inferShapes } from '../../ops/infer.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { nameMap, provenanceKeys } from '../metadata.ts';
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
  const layers = layerCosts(request.model, inferShapes(request.model));
  for (const piece of [pre, model, post]) if (piece) writeNames(piece, layers);
  const beside = (what: string): string => output.replace(/(\.onnx)?$/i, `.${what}.onnx`);
  if (pre) await writeModel(pre, beside('pre'));
  if (post) await writeModel(post, beside('post'));
  await writeModel(model, output);
  return {
    applied: applied.map(shortened),
    proof,
    output,
    ...(pre ? { pre: beside('pre') } : {}),
    ...(post ? { post: beside('post') } : {}),
  };
}

/** Longest name in a document: files may hold longer ones. */
const longest = 1000;
const cut = (text: string): string => (text.length > longest ? `${text.slice(0, longest)}…` : text);
const shortened = (fix: AppliedFix): AppliedFix => ({ ...fix, nodes: fix.nodes.map(cut), message: cut(fix.message) });

/** Where layers went that have another name now, so that comparison and recipes find them. */
function writeNames(model: Model, layers: readonly LayerCost[]): void {
  model.metadata.set(provenanceKeys.version, latheVersion);
  model.metadata.set(provenanceKeys.names, JSON.stringify(nameMap(layers, model)));
}
