import type { CompileJob } from '../../../protocol/job.ts';
import type { CompileDocument } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import type { JobDeps } from '../jobs.ts';

export function runCompile({ target }: CompileJob, _deps: JobDeps): Promise<CompileDocument> {
  return Promise.reject(new LatheError('compile.target', `there is no compiler for ${target}`));
}
