import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { rangeEstimators } from '../../../src/engine/calibrate/index.ts';
import { augmentations } from '../../../src/engine/data/augment/index.ts';
import { methods } from '../../../src/engine/qat/methods/index.ts';
import { prepareRecipe } from '../../../src/engine/recipe/prepare.ts';
import { root } from '../../support/lathe.ts';

const folder = path.join(root, 'docs/guide');
const pages = readdirSync(folder).filter((file) => file.endsWith('.md'));
const text = (page: string): string => readFileSync(path.join(folder, page), 'utf8');
/** What the editor shows, and what needs files that are not ours: these pages have no recipe that can be checked here. */
const viewPages = [
  'boards-in-the-editor.md',
  'faces-in-the-dark.md',
  'layers.md',
  'learning-curves.md',
  'model-view.md',
  'other-editors.md',
  'pruning-in-the-editor.md',
  'recipe.md',
  'recipe-in-the-editor.md',
];
const methodPages = pages.filter((page) => page !== 'README.md' && !viewPages.includes(page));

/** Pages whose recipes are for the sample of a chain; all others are for `samples/shapes`. */
const chainPages = ['restore-then-detect.md'];

/** The recipes of a page, which lie in its sample. */
const recipesOf = (page: string): string[] => [...text(page).matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1]!);

describe.each(methodPages)('the page %s', (page) => {
  it('has an example recipe in which `lathe validate` finds nothing', async () => {
    const recipes = recipesOf(page);
    expect(recipes.length).toBeGreaterThan(0);
    for (const recipe of recipes) {
      const file = path.join(root, chainPages.includes(page) ? 'samples/chain' : 'samples/shapes', 'guide.compress.yaml');
      const { problems } = await prepareRecipe({ text: recipe, file }, { runs: path.join(root, 'lathe-runs'), for: 'validate' });
      expect(problems.filter(({ severity }) => severity !== 'info').map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
    }
  });

  it('says what it does, when it helps, what it costs and where it comes from', () => {
    for (const heading of [/^# \S/m, /^## Cost$/m, /^## Source$/m]) expect(text(page)).toMatch(heading);
  });

  it('is in the index', () => expect(text('README.md')).toContain(`(${page})`));
});

it.each(viewPages)('the page %s is in the index', (page) => expect(text('README.md')).toContain(`(${page})`));

describe('links of the guide', () => {
  it.each(pages)('of %s lead somewhere', (page) => {
    for (const [, link] of text(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (!/^https?:/.test(link!)) expect(existsSync(path.join(folder, link!)), `${page}: ${link}`).toBe(true);
    }
  });

  it('to headings of the reference find them', () => {
    const reference = readFileSync(path.join(root, 'docs/reference/recipe.md'), 'utf8');
    const anchors = [...reference.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    );
    for (const page of pages)
      for (const [, anchor] of text(page).matchAll(/reference\/recipe\.md#([^)]+)\)/g)) expect(anchors, page).toContain(anchor);
  });
});

it('the page of ranges names every estimator', () => {
  const named = [...text('ranges.md').matchAll(/^\| `([a-z-]+)`/gm)].map((match) => match[1]);
  for (const { declaration } of rangeEstimators) expect(named).toContain(declaration.name);
});

it('the pages of training name every method and augmentation', () => {
  for (const { name } of methods) expect(text('qat.md')).toContain(`\n- \`${name}\`: `);
  for (const { name } of augmentations) expect(text('augmentation.md')).toContain(`\`${name}\``);
});
