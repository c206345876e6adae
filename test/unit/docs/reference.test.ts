import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { prepareRecipe } from '../../../src/engine/recipe/prepare.ts';
import { root } from '../../support/lathe.ts';
import { recipeGuide } from '../../../scripts/recipe-guide.ts';
import { recipeReference } from '../../../scripts/reference.ts';

it('the recipe reference says what the code declares (npm run docs writes it)', () => {
  const committed = readFileSync(path.join(import.meta.dirname, '../../../docs/reference/recipe.md'), 'utf8');
  expect(committed).toBe(recipeReference());
});

it('the guide to the recipe says what the code declares (npm run docs writes it)', () => {
  const committed = readFileSync(path.join(import.meta.dirname, '../../../docs/guide/recipe.md'), 'utf8');
  expect(committed).toBe(recipeGuide());
});

it('its example has no mistake', async () => {
  const [, text] = /```yaml\n([\s\S]*?)```/.exec(recipeGuide())!;
  const file = path.join(root, 'samples/shapes/guide.compress.yaml');
  const { problems } = await prepareRecipe({ text: text!, file }, { runs: path.join(root, 'lathe-runs'), for: 'validate' });
  expect(problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
});
