import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { allFixes } from '../../../src/engine/fit/index.ts';
import { verdicts } from '../../../src/engine/targets/verdicts.ts';
import { dpuFixIds } from '../../../src/engine/targets/zcu104/verdict/fix-ids.ts';
import { boardRules } from '../../../scripts/board-rules.ts';

it('the page of what boards take says what the rules say (npm run docs writes it)', () => {
  expect(readFileSync(path.join(import.meta.dirname, '../../../docs/reference/board-rules.md'), 'utf8')).toBe(boardRules());
});

it.each(verdicts.map((verdict) => [verdict.target.name, verdict] as const))(
  'every rule of %s has a name, a limit and a source',
  (_, { rules }) => {
    // One that is about several operators stands there once for each.
    expect(new Set(rules.map(({ name, about }) => `${name} ${about}`)).size).toBe(rules.length);
    for (const { name, about, limit, source } of rules) {
      expect(name).toMatch(/^[a-z0-9-]+\.[a-z0-9-]+$/);
      for (const text of [about, limit, source]) expect(text.trim(), name).not.toBe('');
    }
  },
);

it('the fixes that rules of the DPU name are there', () => {
  const known = allFixes.map(({ id }) => id);
  expect(dpuFixIds.filter((id) => !known.includes(id))).toEqual([]);
});
