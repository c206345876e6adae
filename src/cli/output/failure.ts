import { toJson } from '../../engine/base/json.ts';
import { formatError, LatheError } from '../../engine/base/errors.ts';
import { latheVersion as version } from '../../engine/base/version.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { styleFor } from './style.ts';
import { visible } from './table.ts';

/** Says what went wrong, on stderr and with `--json` on stdout as well. Returns the exit code (cli.md). */
export function printFailure(cli: Cli, command: string, options: CommonOptions, thrown: unknown): number {
  const error = thrown instanceof LatheError ? thrown : unexpected(thrown);
  const { file, node, line, column, offset, hint } = error.place;
  if (options.json) {
    const plain = { code: error.code, message: error.message, file, node, line, column, offset, hint };
    cli.stdout.write(`${toJson({ lathe: version, command, error: plain })}\n`);
  }
  const style = styleFor(cli.stderr, cli.env);
  cli.stderr.write(`${style.bad('lathe:')} ${formatError(error).split('\n').map(visible).join('\n')}\n`);
  if (options.verbose) cli.stderr.write(`${stackOf(error)}\n`);
  return error.exitCode;
}

function unexpected(thrown: unknown): LatheError {
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new LatheError('internal', message, { hint: 'This is a mistake in Lathe; --verbose shows where.', cause: thrown }, 1);
}

function stackOf(error: LatheError): string {
  const { cause } = error;
  return [error.stack, cause instanceof Error ? `caused by ${cause.stack}` : undefined].filter(Boolean).join('\n');
}
