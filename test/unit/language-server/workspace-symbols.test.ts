import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readOutline } from '../../../language-server/facts/readers/outline.ts';
import { recipeSymbols, workspaceSymbols } from '../../../language-server/service/workspace-symbols.ts';
import { fakeFacts, folder, testDocument } from './support.ts';

const text = 'models:\n  teacher: { model: a.onnx }\nsteps:\n  - quantize: {}\nlayers:\n  "/Conv1/*": { weights: 8 }\n';
const open = testDocument(text, `${folder}/open.compress.yaml`);
const closed = `${folder}/a b.compress.yaml`;
const facts = fakeFacts({
  recipes: [closed, `${folder}/open.compress.yaml`],
  outlines: { [closed]: recipeSymbols(testDocument('steps:\n  - prune: {}\n', `${folder}/a%20b.compress.yaml`)) },
});

const found = (query: string): string[] =>
  workspaceSymbols([open], facts, query).symbols.map(({ name, containerName }) => `${name} (${containerName})`);

it.each([
  [
    '',
    [
      'open.compress.yaml ()',
      'teacher (open.compress.yaml › models)',
      'quantize (open.compress.yaml › steps)',
      '/Conv1/* (open.compress.yaml › layers)',
      'a b.compress.yaml ()',
      'prune (a b.compress.yaml › steps)',
    ],
  ],
  ['cv1', ['/Conv1/* (open.compress.yaml › layers)']],
  ['PRU', ['prune (a b.compress.yaml › steps)']],
  ['zz', []],
])('finds %j in recipes that are open, and in those that are not', (query, wanted) => {
  expect(found(query)).toEqual(wanted);
});

it('leads to the place', () => {
  const [symbol] = workspaceSymbols([open], facts, 'teacher').symbols;
  expect(symbol!.location).toEqual({ uri: open.uri, range: { start: { line: 1, character: 2 }, end: { line: 1, character: 9 } } });
  expect(workspaceSymbols([open], facts, 'prune').symbols[0]!.location.uri).toBe(`file://${folder}/a%20b.compress.yaml`);
});

it('says when recipes are still being read', () => {
  const reading = { ...facts, outline: () => ({ state: 'reading' }) as const };
  expect(workspaceSymbols([open], reading, '').isWhole).toBe(false);
  expect(workspaceSymbols([open], facts, '').isWhole).toBe(true);
});

it('reads names from a file', async () => {
  const place = mkdtempSync(path.join(tmpdir(), 'lathe-outline-'));
  try {
    const file = path.join(place, 'ä.compress.yaml');
    writeFileSync(file, text);
    const { value } = await readOutline({ kind: 'outline', file });
    expect(value.map(({ name }) => name)).toEqual(['ä.compress.yaml', 'teacher', 'quantize', '/Conv1/*']);
  } finally {
    rmSync(place, { recursive: true });
  }
});
