import { LatheError } from '../base/errors.ts';

/** Words that mean themselves in every shell. No `=`: in front it would make an assignment. */
const plain = /^[A-Za-z0-9_./:@%+,-]+$/;

/** POSIX 2.4: words that a shell takes for its grammar where a program's name would stand. */
const reserved = /^(if|then|else|elif|fi|do|done|case|esac|while|until|for|in|select|function|time|coproc)$/;

/** One word for a POSIX shell (POSIX 2.2.2: nothing is special within single quotes). Throws `transport.zero-byte`. */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw new LatheError('transport.zero-byte', 'a command holds a zero byte, which no program can be given', {}, 2);
  if (plain.test(word) && !reserved.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** `BatchMode=yes`: an assignment only where a command begins. */
const plainBehind = /^[A-Za-z0-9_-][A-Za-z0-9_./:@%+,=-]*$/;

/** A program with its arguments as the one string that a POSIX shell takes. */
export const quoteCommand = (command: readonly string[]): string =>
  command.map((word, i) => (i > 0 && plainBehind.test(word) && !reserved.test(word) ? word : quoteWord(word))).join(' ');
