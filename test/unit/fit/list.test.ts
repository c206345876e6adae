import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { boardOf, fittedTargets } from '../../../src/engine/fit/boards.ts';
import { allFixes, chosenFixes, cuts, findFix, fixes } from '../../../src/engine/fit/index.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { dpuFixIds } from '../../../src/engine/targets/zcu104/verdict/fix-ids.ts';
import { root } from '../../support/lathe.ts';

it('lists every file of the folder, each under its id', () => {
  const files = readdirSync(path.join(root, 'src/engine/fit/fixes')).map((file) => file.replace(/\.ts$/, ''));
  expect(fixes.map(({ id }) => id).sort()).toEqual(files.sort());
  expect(new Set(allFixes.map(({ id }) => id)).size).toBe(allFixes.length);
});

it('has every fix that rules of the DPU name', () => {
  const known = new Set(allFixes.map(({ id }) => id));
  expect(dpuFixIds.filter((id) => !known.has(id))).toEqual([]);
});

it.each(allFixes)('$id says what it does and where that is from', ({ title, finds, does, source }) => {
  expect(title).toMatch(/^[A-Z][^.]*$/);
  for (const text of [finds, does]) expect(text).toMatch(/^\S.*\.$/);
  expect(source.length).toBeGreaterThan(10);
});

it('chooses by effect, by name and without some', () => {
  const ids = (...asked: Parameters<typeof chosenFixes>): string[] => chosenFixes(...asked).fixes.map(({ id }) => id);
  const exact = fixes.filter(({ effect, named }) => effect === 'exact' && !named).map(({ id }) => id);
  expect(ids(['exact'])).toEqual(exact);
  expect(ids(['all'])).toEqual(fixes.filter(({ effect, named }) => effect !== 'advice' && !named).map(({ id }) => id));
  expect(ids(['exact', 'leaky-relu-to-relu'], ['fold-constants'])).not.toContain('fold-constants');
  expect(ids(['leaky-relu-to-relu'])).toEqual(['leaky-relu-to-relu']);
  expect(chosenFixes(['all']).cuts).toEqual([]);
  expect(chosenFixes(['cut-end']).cuts).toEqual(['cut-end']);
  expect(chosenFixes(['exactly', 'all'], ['toString']).unknown).toEqual(['exactly', 'toString']);
  expect(cuts.map(({ id }) => id)).toEqual(['cut-start', 'cut-end']);
  expect(findFix('cut-end')).toBeUndefined();
});

it('knows boards that are targets', () => {
  expect(fittedTargets().filter((name) => !findTarget(name))).toEqual([]);
  expect(boardOf('cpu')).toBeUndefined();
  expect(boardOf('constructor')).toBeUndefined();
});
