import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quoteCommand, quoteWord } from '../../../src/engine/transport/quote.ts';

/** What a real shell makes of a command: the words that `printf` gets, each ended by a zero byte. */
function wordsByShell(words: readonly string[]): string[] {
  const { stdout, status } = spawnSync('sh', ['-c', quoteCommand(['printf', '%s\\0', ...words])]);
  expect(status).toBe(0);
  return stdout.toString('utf8').split('\0').slice(0, -1);
}

const nasty = fc.string({ unit: fc.constantFrom(...'\'"\\$`!*?[]{}()<>|&;#~=%^ \t\n\r-ab/.\u202e€'), maxLength: 20 });
const word = fc.oneof(
  nasty,
  fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
);

it('a real sh gives back every word as it was', () => {
  const same = (words: string[]): void => void expect(wordsByShell(words)).toEqual(words);
  fc.assert(fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), same), { numRuns: 150 });
});

it.each(['$(touch x)', '`id`', '~root', '-rf', 'a;b', '', "it's", 'if', 'x=1', '=ls', '!!', 'a\nb'])('%j is one plain word', (text) => {
  expect(wordsByShell([text])).toEqual([text]);
});

it('a program is looked up by its name, whatever words the shell reserves', () => {
  for (const name of ['if', 'done', '{', '!', 'x=1', 'a b', "'"]) {
    const { status, stderr } = spawnSync('sh', ['-c', quoteCommand([name])], { encoding: 'utf8' });
    expect({ name, status, stderr }).toMatchObject({ status: 127, stderr: expect.stringMatching(/not found/) });
  }
});

it('refuses a zero byte', () => {
  expect(() => quoteWord('a\0b')).toThrow(/zero byte/);
});
