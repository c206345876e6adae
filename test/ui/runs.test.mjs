// The side bar by mouse: run the sample recipe, see it in the list, its report, two runs side by side, a recipe from a run, delete.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { clickContextMenu, editorTab, hoverOf, notification, runCommand, setTheme, untilStored, webview } from '../host/workbench.mjs';
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

const root = path.join(import.meta.dirname, '../..');

describe('the runs of the side bar', { timeout: 400_000 }, () => {
  let lathe, page;
  const it = inSequence(() => lathe);
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    // A run that was interrupted, and one whose record is damaged.
    const at = (...parts) => path.join(lathe.workspace.folder, 'lathe-runs', ...parts);
    fs.mkdirSync(at('damaged'), { recursive: true });
    fs.writeFileSync(at('damaged/run.json'), '{"state": "fini');
  });
  after(() => lathe?.close());

  const pane = (name) => page.locator('.pane', { has: page.locator('.pane-header', { hasText: name }) });
  const rows = (name) => pane(name).locator('.monaco-list-row');
  const runRow = (text) => rows('Runs').filter({ hasText: text });
  const viewOf = () => webview(page);

  it('shows recipes with what is wrong with them, and runs that can not be read with the reason', async () => {
    await page.locator('.activitybar .action-item a[aria-label^="Lathe"]').click();
    await rows('Recipes')
      .filter({ hasText: /^\s*shapes/ })
      .waitFor();
    await runRow('damaged').waitFor();
    await hoverOf(page, runRow('damaged'), 'run.json is not JSON');
    await page.keyboard.press('Escape');
  });

  it('runs a recipe from the list, and shows the run with metric and size', async () => {
    const recipe = path.join(lathe.workspace.folder, 'shapes/shapes.compress.yaml');
    const text = fs.readFileSync(recipe, 'utf8');
    for (const weights of [8, 3]) {
      fs.writeFileSync(recipe, text.replace(/weights: \d+/, `weights: ${weights}`));
      const row = rows('Recipes')
        .filter({ hasText: /^\s*shapes/ })
        .first();
      await row.hover();
      await row.locator('.action-item a[aria-label*="Run Recipe"]').click();
      await notification(page, '→').waitFor();
      await notification(page, '→').locator('.codicon-notifications-clear').click();
      await runRow('top-1')
        .nth(weights === 8 ? 0 : 1)
        .waitFor();
    }
    assert.match(await runRow('top-1').first().innerText(), /shapes\s*top-1 \d+\.\d % · \d+(\.\d)? kB · \d\d:\d\d/);
    await rows('Recipes')
      .filter({ hasText: /top-1 \d/ })
      .waitFor();
  });

  it('has a tooltip with the whole table', async () => {
    await runCommand(page, 'View: Close All Editors');
    const hover = await hoverOf(page, runRow('top-1').first(), 'Packed');
    assert.match(await hover.innerText(), /weights 3, activations 8/);
    await lathe.shot('runs-hover');
    await page.mouse.move(900, 400);
    await hover.waitFor({ state: 'hidden' });
  });

  it('opens the report by a click', async () => {
    await runRow('top-1').first().locator('.monaco-icon-label').click();
    await editorTab(page, 'Report shapes').waitFor();
    await viewOf().getByRole('heading', { name: 'shapes' }).waitFor();
    await runCommand(page, 'View: Close All Editors');
  });

  it('puts two runs side by side', async () => {
    const label = (place) => runRow('top-1').nth(place).locator('.monaco-icon-label');
    await label(0).click();
    await label(1).click({ modifiers: ['ControlOrMeta'] });
    await pane('Runs').locator('.monaco-list-row.selected').nth(1).waitFor();
    await clickContextMenu(page, runRow('top-1').nth(1), 'Compare Runs…');
    await editorTab(page, 'Compare 2 Runs').waitFor();
    const view = viewOf();
    await view.getByRole('combobox', { name: 'Against' }).selectOption('packed');
    await view.locator('lathe-runs-scatter .after').nth(1).waitFor();
    await view.locator('lathe-runs-table tbody tr').nth(1).waitFor();
    const methods = await view.locator('lathe-runs-table td.method').allInnerTexts();
    assert.deepEqual(methods.sort(), ['quantize weights 3, activations 8', 'quantize weights 8, activations 8']);
    assert.deepEqual(await accessibilityProblems(view), []);
  });

  it('looks right in dark, light and high contrast', async () => {
    for (const [theme, name] of [
      ['Dark Modern', 'dark'],
      ['Light Modern', 'light'],
      ['Dark High Contrast', 'high-contrast'],
    ]) {
      await setTheme(page, theme);
      await viewOf().locator('lathe-runs-scatter .after').first().waitFor();
      await lathe.shot(`runs-side-bar-${name}`);
      assert.deepEqual(await accessibilityProblems(viewOf()), []);
      if (name === 'dark' && process.env.UPDATE_PICTURES) await page.screenshot({ path: path.join(root, 'media/walkthrough/runs.png') });
    }
    await setTheme(page, 'Light Modern');
  });

  it('is there again after a reload', async () => {
    await untilStored(page, 'editorpart.state', 'lathe.compareRuns', 'packed');
    await page.reload();
    await editorTab(page, 'Compare 2 Runs').waitFor();
    await viewOf().locator('lathe-runs-table tbody tr').nth(1).waitFor();
    assert.equal(await viewOf().getByRole('combobox', { name: 'Against' }).inputValue(), 'packed');
    await runCommand(page, 'View: Close All Editors');
  });

  it('turns a run into a recipe', async () => {
    await runRow('top-1').first().waitFor();
    await clickContextMenu(page, runRow('top-1').first(), 'Turn Into a Recipe');
    await editorTab(page, 'shapes-copy.compress.yaml').waitFor();
    await rows('Recipes').filter({ hasText: 'shapes-copy' }).waitFor();
    await page.locator('.view-lines', { hasText: 'weights: 3' }).waitFor();
    await runCommand(page, 'View: Close All Editors');
  });

  it('deletes a run after a question, for good only after another one where there is no trash', async () => {
    const folders = () => fs.readdirSync(path.join(lathe.workspace.folder, 'lathe-runs')).filter((name) => name.startsWith('shapes-2'));
    assert.equal(folders().length, 2);
    const press = (name) => page.locator('.monaco-dialog-box .monaco-button', { hasText: name }).click();
    await clickContextMenu(page, runRow('top-1').first(), 'Delete');
    await press('Cancel');
    assert.equal(folders().length, 2);
    await clickContextMenu(page, runRow('top-1').first(), 'Delete');
    await press('Move to Trash');
    const forGood = page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Delete Permanently' });
    const gone = runRow('top-1').nth(1);
    await Promise.race([forGood.waitFor(), gone.waitFor({ state: 'detached' })]);
    if (await forGood.isVisible()) await forGood.click();
    await gone.waitFor({ state: 'detached' });
    assert.equal(folders().length, 1);
  });
});
