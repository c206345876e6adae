import type { BoardJob } from '../../../protocol/job.ts';
import type { BoardDocument } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import type { JobDeps } from '../jobs.ts';

export function runBoard({ entry }: BoardJob, _deps: JobDeps): Promise<BoardDocument> {
  return Promise.reject(new LatheError('board.target', `nothing is known of ${entry.target}`));
}
