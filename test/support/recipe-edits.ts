import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import type { Random } from '../../src/engine/base/random.ts';
import { root } from './lathe.ts';

/** Recipes as people write them: the samples, what the guide shows, and one of them as JSON. */
export function realRecipes(): string[] {
  const samples = path.join(root, 'samples/shapes');
  const written = readdirSync(samples)
    .filter((name) => name.endsWith('.compress.yaml'))
    .map((name) => readFileSync(path.join(samples, name), 'utf8'));
  const guide = path.join(root, 'docs/guide');
  const shown = readdirSync(guide)
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => [...readFileSync(path.join(guide, name), 'utf8').matchAll(/```yaml\n([^]*?)```/g)].map((match) => match[1]!));
  const json = JSON.stringify(
    { version: 1, model: 'model.onnx', steps: [{ quantize: { weights: 4 } }], layers: { 'conv*': { quantize: false } } },
    null,
    2,
  );
  return [...written, ...shown, json];
}

const pieces = [
  ' ', '  ', '\n', '\n  ', '\n  - ', '\r\n', '\r', '\t', ':', ': ', '- ', ',', '{', '}', '[', ']', '"', "'", '#', '&a ', '*a', '*', '!', '|', '>', '%', '@', '?', '\\',
  '~', '0', '-1', '1e9', '1e999', '0x1F', '.nan', 'true', 'null', '__proto__: ', 'constructor: ', 'steps:\n', 'layers:\n  ', 'model: ', 'weights: ', 'quantize: ', '"conv*": ',
  '---\n', '...\n', '<<: *a', '😀', '\u202e', '\u0000', '\ufeff', '\ud800', 'é', '/', '../', '\\\\server\\share', 'file:///', 'x'.repeat(300), '[['.repeat(20), '\n'.repeat(40),
]; // prettier-ignore

/** A change as somebody makes who types, deletes, pastes from elsewhere in the text, or leans on the keyboard. */
export function randomChange(
  text: string,
  random: Random,
  positionAt: (offset: number) => { line: number; character: number },
): TextDocumentContentChangeEvent {
  const at = random.integer(text.length + 1);
  const kind = random.integer(10);
  const length = kind < 5 ? 0 : kind < 9 ? random.integer(12) : random.integer(200);
  const from = random.integer(text.length + 1);
  const inserted =
    kind === 7
      ? ''
      : kind === 8
        ? text.slice(from, from + random.integer(120))
        : kind < 3
          ? letter(random)
          : pieces[random.integer(pieces.length)]!;
  return { range: { start: positionAt(at), end: positionAt(Math.min(at + length, text.length)) }, text: inserted };
}

const letter = (random: Random): string => String.fromCharCode(97 + random.integer(26));
