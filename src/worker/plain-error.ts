import { Cancelled, LatheError } from '../engine/base/errors.ts';
import type { PlainError } from '../protocol/job.ts';

/** Any error as plain data. One that nobody threw on purpose becomes `internal`, exit code 1, with its stack for `--verbose`. */
export function errorToPlain(error: unknown): PlainError {
  if (error instanceof LatheError) {
    const { cause, ...place } = error.place;
    return { code: error.code, message: error.message, exitCode: error.exitCode, ...place, stack: stackOf(cause) };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (/bad_alloc|Failed to allocate memory|Array buffer allocation failed/i.test(message)) {
    return { code: 'job.out-of-memory', message: `the job ran out of memory (${message})`, exitCode: 1 };
  }
  return { code: 'internal', message: `unexpected: ${message}`, exitCode: 1, stack: stackOf(error) };
}

export function errorFromPlain(plain: PlainError): LatheError {
  if (plain.code === 'cancelled') return new Cancelled(plain.message);
  const { code, message, exitCode, stack, ...place } = plain;
  return new LatheError(code, message, stack === undefined ? place : { ...place, cause: stack }, exitCode);
}

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined);
