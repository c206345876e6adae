/** What the process should exit with (cli.md): 1 work failed, 2 wrong call or input, 3 a stated limit missed, 130 cancelled. */
export type ExitCode = 1 | 2 | 3 | 130;

export interface ErrorPlace {
  /** The file the message is about, as the user named it. */
  file?: string;
  /** Node or layer name inside a model. */
  node?: string;
  /** 1-based place in a text file. */
  line?: number;
  column?: number;
  /** Byte offset in a binary file. */
  offset?: number;
  /** What the user can do about it: one sentence. */
  hint?: string;
  cause?: unknown;
}

/**
 * The only error that engine code throws on purpose. `code` is stable and dotted (`model.truncated`), `message` is one sentence
 * that says what is wrong; place and advice are kept apart so that every host can show them its own way.
 */
export class LatheError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly place: ErrorPlace;

  constructor(code: string, message: string, place: ErrorPlace = {}, exitCode: ExitCode = 2) {
    super(message, place.cause === undefined ? undefined : { cause: place.cause });
    this.name = 'LatheError';
    this.code = code;
    this.exitCode = exitCode;
    this.place = place;
  }
}

export class Cancelled extends LatheError {
  constructor(message = 'cancelled') {
    super('cancelled', message, {}, 130);
    this.name = 'Cancelled';
  }
}

/** Throws `Cancelled` once the signal is aborted. Call it between pieces of work shorter than a second. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new Cancelled();
}

/** One line for people: file, place, what is wrong, what to do. */
export function formatError(error: LatheError): string {
  const { file, node, line, column, offset, hint } = error.place;
  let where = file ?? '';
  if (line !== undefined) where += `:${line}${column === undefined ? '' : `:${column}`}`;
  if (offset !== undefined) where += `${where ? ', ' : ''}byte ${offset}`;
  if (node !== undefined) where += `${where ? ', ' : ''}node ${JSON.stringify(node)}`;
  return `${where ? `${where}: ` : ''}${error.message}${hint ? `\n  ${hint}` : ''}`;
}
