import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemPage } from '../../../scripts/problem-page.ts';
import { diagnose } from '../../../src/engine/recipe/diagnose.ts';
import { editRecipe } from '../../../src/engine/recipe/edit-recipe.ts';
import { applyEdits } from '../../../src/engine/recipe/edit-map.ts';
import type { Issue } from '../../../src/engine/recipe/check.ts';
import { pageOf, problemKinds } from '../../../src/engine/recipe/problem-kinds.ts';
import { rules } from '../../../src/engine/recipe/rules/index.ts';
import { wordFor } from '../../../src/engine/recipe/load.ts';
import { parseRecipeText } from '../../../src/engine/recipe/text.ts';
import { exampleWorld, folder } from '../../support/recipe-world.ts';

const root = path.join(import.meta.dirname, '../../..');
const withExample = problemKinds.filter(({ example }) => example !== undefined);

/** What an example leaves out. */
const complete = (example: string): string => {
  const has = (key: string): boolean => new RegExp(`^${key}:`, 'm').test(example);
  return `${has('version') ? '' : 'version: 1\n'}${has('models?') ? '' : 'model: model.onnx\n'}${example}\n`;
};

function found(text: string): Issue[] {
  const tree = parseRecipeText(text, 'r');
  const syntax = tree.problems.map(({ code, message }): Issue => ({ path: [], at: 'value', severity: 'error', code, message }));
  return [...syntax, ...diagnose(tree, folder, exampleWorld)];
}

describe('kinds of problems', () => {
  it('have codes of their own, and anchors', () => {
    const codes = problemKinds.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(new Set(codes.map(pageOf)).size).toBe(codes.length);
  });

  it('every rule is in the list', () => {
    const others = ['index.ts', 'rule.ts', 'context.ts', 'help'];
    const files = readdirSync(path.join(root, 'src/engine/recipe/rules')).filter((file) => !others.includes(file));
    expect(files.length).toBe(rules.length);
  });

  it('the page is what the code says', () => {
    expect(readFileSync(path.join(root, 'docs/reference/problems.md'), 'utf8')).toBe(problemPage());
  });

  it.each(withExample.map((kind) => [kind.code, kind] as const))('%s: its example has it', (code, kind) => {
    const mine = found(complete(kind.example!)).find((issue) => issue.code === code);
    expect(mine?.message).toBeTruthy();
    expect(mine?.severity).toBe(kind.severity);
  });

  it.each(withExample.map((kind) => [kind.code, kind] as const))('%s: each of its fixes ends it', (code, kind) => {
    const text = complete(kind.example!);
    const tree = parseRecipeText(text, 'r');
    const before = found(text);
    for (const issue of before.filter((one) => one.code === code)) {
      const results = (issue.fixes ?? []).map(({ title, changes }) => {
        const edits = editRecipe(text, tree, changes);
        return [title, edits && applyEdits(text, edits)] as const;
      });
      const word = wordFor(issue, tree);
      if (word !== undefined) {
        const { line, column, endLine, endColumn } = tree.locate(issue.path, issue.at);
        expect(endLine).toBe(line);
        const lines = text.split('\n');
        lines[line - 1] = lines[line - 1]!.slice(0, column - 1) + word + lines[line - 1]!.slice(endColumn - 1);
        results.push([word, lines.join('\n')]);
      }
      for (const [title, after] of results) {
        expect(after, title).toBeDefined();
        const left = found(after!).filter((one) => one.code === code || one.code === 'recipe.syntax');
        expect(left.length, `${title}\n${after}`).toBeLessThan(
          before.filter((one) => one.code === code || one.code === 'recipe.syntax').length,
        );
      }
    }
  });
});
