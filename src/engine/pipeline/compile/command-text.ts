import type { Command } from '../../base/command.ts';
import { quoteWord } from '../../transport/quote.ts';

/** A command as it would be typed into a POSIX shell, started in `folder`. */
export function commandText(command: Command, folder: string): string {
  const words = [command.program, ...command.arguments].map(quoteWord).join(' ');
  const set = Object.entries(command.environment ?? {}).map(([name, value]) => `${name}=${quoteWord(value)} `);
  return `cd ${quoteWord(command.folder ?? folder)} && ${set.join('')}${words}`;
}
