import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { recipeReference } from '../../../scripts/reference.ts';

it('the recipe reference says what the code declares (npm run docs writes it)', () => {
  const committed = readFileSync(path.join(import.meta.dirname, '../../../docs/reference/recipe.md'), 'utf8');
  expect(committed).toBe(recipeReference());
});
