import { LatheError } from '../engine/base/errors.ts';

/** A wrong call: exit code 2, with the option or argument it is about in the message. */
export const wrongCall = (code: string, message: string, hint?: string): LatheError => new LatheError(`cli.${code}`, message, { hint });
