import type { CheckJob } from '../../../protocol/job.ts';
import type { CheckDocument } from '../../../protocol/results/board.ts';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import { readModel } from '../../onnx/file.ts';
import type { Model } from '../../onnx/graph.ts';
import { inferShapes } from '../../ops/infer.ts';
import { createOrtRuntime } from '../../runtime/ort-node.ts';
import { DataFlow } from '../../targets/verdict/data-flow.ts';
import { findVerdict, verdicts, type TargetVerdict } from '../../targets/verdicts.ts';
import type { JobDeps } from '../jobs.ts';
import { checkModel, dpuOf } from './check-model.ts';
import type { FitRequest } from './fit-model.ts';
import { writeFixed } from './write-fixed.ts';

/**
 * Where each node of a model runs on a target; with `fixes` a rewritten copy is written, and all is said of that. Throws `check.target`,
 * `check.architecture`, `fit.*`, and what reading a model and its shapes throws.
 */
export async function runCheck(job: CheckJob, { context }: JobDeps): Promise<CheckDocument> {
  const verdict = verdictOf(job.target);
  const model = await readModel(job.model);
  throwIfCancelled(context.signal);
  const request = {
    verdict,
    ...(job.architecture === undefined ? {} : { architecture: job.architecture }),
    ...(job.shapes ? { shapes: job.shapes } : {}),
  };
  if (!job.fixes) return checkModel(model, request);
  const fixed = await writeFixed(job, fitRequest(job, model, verdict), await createOrtRuntime(), context);
  const { shapes: _, ...fitted } = request;
  return { ...checkModel(await readModel(fixed.output), fixed.pre === undefined ? request : fitted), fixed };
}

/** For the same random numbers each time. */
const seed = 0;

function fitRequest({ fixes, architecture, shapes }: CheckJob, model: Model, verdict: TargetVerdict): FitRequest {
  const board = dpuOf(verdict, architecture);
  if (!board) {
    throw new LatheError('fit.target', `nothing is known that a model for ${verdict.target.name} would have to be rewritten for`, {
      hint: 'Fixes are known for the boards with a DPU: zcu104, zcu102, kv260.',
    });
  }
  return {
    model,
    board,
    ids: fixes?.ids ?? [],
    ...(fixes?.nodes ? { nodes: fixes.nodes } : {}),
    ...(shapes ? { shapes } : {}),
    seed,
    refusals(of) {
      const flow = new DataFlow(inferShapes(of).forOnePicture(of));
      const judged = verdict.judge({ flow, ...(architecture === undefined ? {} : { architecture }) });
      return (node) => {
        const found = judged.get(node);
        return found !== undefined && found.device !== verdict.accelerator;
      };
    },
  };
}

function verdictOf(target: string): TargetVerdict {
  const found = findVerdict(target);
  if (found) return found;
  throw new LatheError('check.target', `nothing is known of a target ${JSON.stringify(target.slice(0, 80))}`, {
    hint: `There are ${verdicts.map((verdict) => verdict.target.name).join(', ')}.`,
  });
}
