import { LatheError } from '../base/errors.ts';
import { diskError } from './atomic.ts';

/** Any error as the engine's own, with what is kept and how to go on. Mistakes in the input (exit code 2) need no such advice. */
export function asRunFailure(thrown: unknown, folder: string): LatheError {
  const known = diskError(thrown, folder);
  if (known instanceof LatheError) return known.exitCode === 1 && !known.place.hint ? withHint(known, folder) : known;
  const message = known instanceof Error ? known.message : String(known);
  if (/bad_alloc|bad allocation|Failed to allocate memory|Array buffer allocation failed|Invalid array buffer length/i.test(message)) {
    const error = new LatheError('job.out-of-memory', 'there was not enough memory', { cause: thrown }, 1);
    return withHint(error, folder);
  }
  return withHint(new LatheError('internal', `unexpected: ${message}`, { cause: thrown }, 1), folder);
}

function withHint(error: LatheError, folder: string): LatheError {
  const hint = `what was finished is kept in ${folder}; run it again with --resume to continue from there`;
  return new LatheError(error.code, error.message, { ...error.place, hint }, error.exitCode);
}
