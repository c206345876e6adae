import { toJson } from '../../engine/base/json.ts';
import { latheVersion as version } from '../../engine/base/version.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { styleFor, type Style } from './style.ts';

/** Lines wider than this are hard to follow, whatever the terminal. */
const widest = 140;
const withoutTerminal = 100;

export const widthOf = (cli: Cli): number => Math.min(widest, cli.stdout.columns ?? withoutTerminal);

/** The command's result on stdout: one JSON document, or what `text` makes of it for people. */
export function printResult<T extends object>(
  cli: Cli,
  command: string,
  options: CommonOptions,
  document: T,
  text: (document: T, style: Style) => string,
): void {
  if (options.json) cli.stdout.write(`${toJson({ lathe: version, command, ...document })}\n`);
  else cli.stdout.write(`${text(document, styleFor(cli.stdout, cli.env))}\n`);
}
