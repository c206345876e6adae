// The recipe steered from the graph, as a person does it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { editorTab, explorerRow, notification, runCommand, setTheme, webview } from '../host/workbench.mjs';
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('steering', { timeout: 600_000 }, () => {
  let lathe, page, recipe;
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    recipe = path.join(lathe.workspace.folder, 'shapes/shapes.compress.yaml');
    // With two recipes of one model the person would be asked which of them is meant.
    fs.rmSync(path.join(lathe.workspace.folder, 'shapes/learn.compress.yaml'));
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);
  const text = () => fs.readFileSync(recipe, 'utf8');
  const says = async (part) => {
    for (let tries = 0; !text().includes(part); tries++) {
      assert.ok(tries < 100, `the recipe never said ${part}:\n${text()}`);
      await page.waitForTimeout(100);
    }
  };
  const find = async (view, name) => {
    await view.locator('lathe-model').click({ position: { x: 30, y: 300 } });
    await page.keyboard.press('/');
    await page.keyboard.type(name);
    await page.keyboard.press('Enter');
    await view.locator('lathe-recipe-setting h3').waitFor();
  };

  it('a width chosen in the side panel stands in the recipe, comments kept', async () => {
    await explorerRow(page, 'shapes').click();
    await explorerRow(page, 'model.onnx').dblclick();
    const view = webview(page);
    await view.locator('lathe-model main').waitFor();
    const before = text();
    await find(view, '/block2/conv/Conv');
    await view.getByRole('button', { name: 'Change' }).click();
    await view.getByRole('menuitem', { name: 'Weights' }).click();
    await view.getByRole('menuitem', { name: '4 bits' }).click();
    await says('"/block2/conv/Conv": { weights: 4 }');
    assert.ok(text().startsWith(before.trimEnd()));
    await view.locator('lathe-recipe-setting').getByText('weights: 4', { exact: true }).waitFor();
    assert.deepEqual(await accessibilityProblems(view), []);
    await lathe.picture('steering');
  });

  it('goes from the layer to its line and follows the cursor back', async () => {
    const view = webview(page);
    await view.getByRole('button', { name: /\/block2\/conv\/Conv, line/ }).click();
    await editorTab(page, 'shapes.compress.yaml').waitFor();
    await page.waitForTimeout(500);
    await lathe.shot('steering-side-by-side');
    await runCommand(page, 'Lathe: Reveal in Graph');
    await view.locator('lathe-recipe-setting').getByText('weights: 4', { exact: true }).waitFor();
  });

  it('asks by a diff where the recipe has unsaved changes', async () => {
    await page.locator('.monaco-editor').first().click();
    await page.keyboard.press('Control+End');
    await page.keyboard.type('# to be continued');
    const view = webview(page);
    await view.getByRole('button', { name: 'Keep in float' }).click();
    await notification(page, 'unsaved changes of yours').waitFor();
    await page.waitForTimeout(1000);
    await lathe.shot('steering-diff');
    await notification(page, 'unsaved changes of yours').getByRole('button', { name: 'Apply' }).click();
    await page.locator('.view-lines', { hasText: 'quantize: false' }).waitFor();
    assert.ok(!text().includes('quantize: false'), 'not saved for the person');
  });

  it('runs the recipe from the toolbar, and offers to compare what came of it', async () => {
    const view = webview(page);
    await view.getByRole('button', { name: /^Run/ }).click();
    await view.getByRole('menuitem', { name: 'Run the recipe' }).click();
    await view.locator('lathe-jobs progress').waitFor();
    await lathe.shot('steering-progress');
    await notification(page, 'top-1').waitFor();
    // The result has opened beside: which of the two views is the float model's is told by its strip.
    const offer = async () => {
      for (const index of [0, 1]) {
        const button = webview(page, index).locator('lathe-jobs').getByRole('button', { name: 'Compare' });
        if (await button.count().catch(() => 0)) return button;
      }
      return undefined;
    };
    for (let tries = 0; !(await offer()); tries++) {
      assert.ok(tries < 100, 'nothing is offered');
      await page.waitForTimeout(100);
    }
    await lathe.shot('steering-result');
    await (await offer()).click();
    for (let tries = 0; await offer(); tries++) {
      assert.ok(tries < 100, 'the offer stays');
      await page.waitForTimeout(100);
    }
  });

  it('is readable in high contrast', async () => {
    await setTheme(page, 'Dark High Contrast');
    await page.waitForTimeout(500);
    await lathe.shot('steering-high-contrast');
    await setTheme(page, 'Light Modern');
    await page.waitForTimeout(500);
    await lathe.shot('steering-light');
  });
});
