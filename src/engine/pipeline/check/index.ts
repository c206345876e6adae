import type { CheckJob } from '../../../protocol/job.ts';
import type { CheckDocument } from '../../../protocol/results/board.ts';
import { LatheError, throwIfCancelled } from '../../base/errors.ts';
import { scanModel } from '../../onnx/scan.ts';
import { findVerdict, verdicts, type TargetVerdict } from '../../targets/verdicts.ts';
import type { JobDeps } from '../jobs.ts';
import { checkModel } from './check-model.ts';

/** Where each node of a model runs on a target. Throws `check.target`, `check.architecture`, and what reading a model and its shapes throws. */
export async function runCheck(job: CheckJob, { context }: JobDeps): Promise<CheckDocument> {
  const verdict = verdictOf(job.target);
  const model = await scanModel(job.model);
  throwIfCancelled(context.signal);
  return checkModel(model, {
    verdict,
    ...(job.architecture === undefined ? {} : { architecture: job.architecture }),
    ...(job.shapes ? { shapes: job.shapes } : {}),
  });
}

function verdictOf(target: string): TargetVerdict {
  const found = findVerdict(target);
  if (found) return found;
  throw new LatheError('check.target', `nothing is known of a target ${JSON.stringify(target.slice(0, 80))}`, {
    hint: `There are ${verdicts.map((verdict) => verdict.target.name).join(', ')}.`,
  });
}
