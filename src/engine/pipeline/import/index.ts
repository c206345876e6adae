import type { ImportJob } from '../../../protocol/job.ts';
import type { ImportDocument } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import type { JobDeps } from '../jobs.ts';

export function runImport({ file }: ImportJob, _deps: JobDeps): Promise<ImportDocument> {
  return Promise.reject(new LatheError('import.kind', 'nothing is known of this kind of file', { file }));
}
