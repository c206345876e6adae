// A recipe in the editor: what is wrong, quick fix, completion, hover, lenses, hints, figures beside layers, definition, format, rename.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { editorTab, explorerRow, notification, pick, runCommand, setTheme, unfold, webview } from '../host/workbench.mjs';
import { inSequence, openLathe } from './window.mjs';

const recipe = `# How small can it get?
version: 1
model: model.onnx
target: cpu
data:
  input: { color: rgb, scale: 1/255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
  calibration: { path: pictures/train, labels: folders, count: 20 }
  test: { path: pictures/test, labels: folders }
steps:
  - quantize: { weights: 4, activatons: 8 }
layers:
  "/block1/conv/Conv": { weights: 8 }
  "/block*":   {activations: 8}
`;

const twoModels = `version: 1
models:
  teacher: { model: model.onnx }
  student: { model: model.onnx }
data:
  input: { color: rgb, scale: 1/255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
  train: { path: pictures/train, labels: folders }
steps:
  - distill: { on: student, teacher: teacher, epochs: 1 }
  - qat: { on: student, epochs: 1 }
layers:
  "student:/classifier*": { weights: 8 }
`;

describe('a recipe in the editor', { timeout: 400_000 }, () => {
  let lathe, page;
  const it = inSequence(() => lathe);
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    fs.writeFileSync(file(), recipe);
    fs.writeFileSync(path.join(lathe.workspace.folder, 'shapes/two.compress.yaml'), twoModels);
  });
  after(() => lathe?.close());

  const file = () => path.join(lathe.workspace.folder, 'shapes/edit.compress.yaml');
  const line = (text) => page.locator('.monaco-editor .view-line', { hasText: text });
  const lens = (text) => page.locator('.codelens-decoration a', { hasText: text });
  const text = () => page.locator('.monaco-editor .view-lines').innerText();
  const suggestion = (name) => page.locator('.suggest-widget .monaco-list-row', { hasText: name });
  /** Waits for what is drawn behind a line: it is no text of the page. */
  const written = (pattern, timeout) =>
    page.waitForFunction(
      (source) =>
        [...document.querySelectorAll('.monaco-editor .view-line span')].some((span) =>
          ['::before', '::after'].some((part) => new RegExp(source).test(getComputedStyle(span, part).content.replaceAll('\u00a0', ' '))),
        ),
      pattern,
      { timeout },
    );
  /** Puts the cursor behind the first `mark` of the text, by VS Code's own search. */
  const cursorBehind = async (mark) => {
    await page.locator('.monaco-editor .view-lines').first().click();
    await page.keyboard.press('Control+f');
    const find = page.locator('.find-widget.visible textarea[aria-label="Find"], .find-widget.visible .input[aria-label="Find"]').first();
    await find.fill(mark);
    await page.keyboard.press('Enter');
    // A notification may take the first Escape.
    while (await page.locator('.find-widget.visible').count()) {
      await page.keyboard.press('Escape');
      await page.waitForTimeout(200);
    }
    await page.keyboard.press('ArrowRight');
  };

  it('has lenses above it and its steps, and hints behind steps and patterns', async () => {
    await unfold(page, 'shapes', explorerRow(page, 'edit.compress.yaml'));
    await explorerRow(page, 'edit.compress.yaml').dblclick();
    await lens('Run').first().waitFor();
    await lens('Dry run').first().waitFor();
    await lens('Analyze').first().waitFor();
    await lathe.shot('recipe-lenses');
  });

  it('underlines a misspelt key once, and mends it by the quick fix', async () => {
    await page.locator('.squiggly-error').first().waitFor();
    await runCommand(page, 'View: Toggle Problems');
    const problems = page.locator('.markers-panel .monaco-list-row', { hasText: 'activatons' });
    await problems.first().waitFor();
    assert.equal(await problems.count(), 1);
    await lathe.shot('recipe-problems');
    await runCommand(page, 'View: Toggle Problems');
    await cursorBehind('activatons');
    await page.keyboard.press('Control+.');
    await page.locator('.action-widget').first().waitFor();
    await lathe.shot('recipe-quick-fix');
    await page.keyboard.press('Enter');
    await line('activations: 8 }').first().waitFor();
    await page.locator('.squiggly-error').waitFor({ state: 'detached' });
  });

  it('shows what a step leaves and how many layers a pattern matches', async () => {
    await line(/→.*kB/).first().waitFor();
    await written('12 layers');
    await lathe.shot('recipe-hints');
  });

  it('offers keys, and layers with what they are', async () => {
    await cursorBehind('weights: 4,');
    await page.keyboard.type(' ');
    await page.keyboard.press('Control+Space');
    await suggestion('granularity').first().waitFor();
    await lathe.shot('recipe-completion-keys');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+End');
    await page.keyboard.type('  "');
    await page.keyboard.press('Control+Space');
    await suggestion('/block').first().waitFor();
    await lathe.shot('recipe-completion-layers');
    await page.keyboard.press('Escape');
    await runCommand(page, 'File: Revert File');
  });

  it('explains a key and a layer', async () => {
    await line('version: 1').first().waitFor();
    await page
      .locator('.view-line span', { hasText: /^quantize$/ })
      .first()
      .hover();
    await page.locator('.monaco-hover', { hasText: 'quantize' }).first().waitFor();
    await lathe.shot('recipe-hover-step');
    await page.locator('.view-line span', { hasText: '/block1/conv/Conv' }).first().hover();
    await page.locator('.monaco-hover', { hasText: 'multiply-adds' }).first().waitFor();
    await lathe.shot('recipe-hover-layer');
  });

  it('goes from a layer to the graph', async () => {
    await cursorBehind('"/block1/conv');
    await page.keyboard.press('F12');
    await editorTab(page, 'model.onnx').waitFor();
    await webview(page).getByRole('heading', { name: '/block1/conv/Conv' }).waitFor();
    await lathe.shot('recipe-definition');
    await runCommand(page, 'View: Close Editor');
  });

  it('measures layers and writes the error beside their lines', async () => {
    await editorTab(page, 'edit.compress.yaml').click();
    await cursorBehind('activatons');
    await page.keyboard.press('Control+.');
    await page.locator('.action-widget').first().waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+s');
    await lens('Analyze').first().click();
    await pick(page, 'Analyze model.onnx', '16 pictures');
    await written('\\d dB', 120_000);
    for (const [theme, name] of [
      ['Dark Modern', 'dark'],
      ['Dark High Contrast', 'high-contrast'],
      ['Light Modern', 'light'],
    ]) {
      await setTheme(page, theme);
      await (name === 'light' ? lathe.picture('recipe') : lathe.shot(`recipe-figures-${name}`));
    }
  });

  it('leaves the worst layers out by a code action', async () => {
    await cursorBehind('layers:');
    await page.keyboard.press('Control+.');
    const action = page.locator('.action-widget .monaco-list-row', { hasText: 'worst layers' }).first();
    await action.waitFor();
    await lathe.shot('recipe-code-actions');
    await action.click();
    await line('quantize: false').first().waitFor();
    await lathe.shot('recipe-worst-left-out');
    await page.keyboard.press('Control+z');
    await line('quantize: false').first().waitFor({ state: 'detached' });
    await page.keyboard.press('Control+s');
  });

  it('shows the plan of a dry run as a document', async () => {
    await lens('Dry run').first().click();
    await page
      .locator('.tab', { hasText: /plan|dry/i })
      .first()
      .waitFor();
    await lathe.shot('recipe-dry-run');
    await editorTab(page, 'edit.plan.txt').click();
    await runCommand(page, 'View: Close Editor');
    await lens('Dry run').first().waitFor();
  });

  it('formats and keeps the comment', async () => {
    await runCommand(page, 'Format Document');
    await line('"/block*": { activations: 8 }').first().waitFor();
    assert.match((await text()).replaceAll('\u00a0', ' '), /# How small can it get/);
    await lathe.shot('recipe-formatted');
  });

  it('runs by the lens and says so above the recipe', async () => {
    await page.keyboard.press('Control+s');
    await lens('Run').first().click();
    await notification(page, '→').waitFor({ timeout: 120_000 });
    await editorTab(page, 'edit.compress.yaml').first().click();
    await lens(/last run/i)
      .first()
      .waitFor();
    await lathe.shot('recipe-after-run');
  });

  it('renames a model wherever the recipe names it, lists where that is, and has an outline', async () => {
    await runCommand(page, 'View: Close All Editors');
    await unfold(page, 'shapes', explorerRow(page, 'two.compress.yaml'));
    await explorerRow(page, 'two.compress.yaml').dblclick();
    await lens('Run only this step').first().waitFor();
    await lathe.shot('recipe-two-models');
    await cursorBehind('on: stud');
    await page.keyboard.press('Shift+F12');
    await page.locator('.peekview-widget').waitFor();
    await lathe.shot('recipe-references');
    await page.keyboard.press('Escape');
    await cursorBehind('on: stud');
    await page.keyboard.press('F2');
    await page.locator('.rename-box input').fill('small');
    await page.keyboard.press('Enter');
    await line('small: { model').first().waitFor();
    const renamed = (await text()).replaceAll('\u00a0', ' ');
    assert.equal(renamed.match(/small/g).length, 4, renamed);
    await page.keyboard.press('Control+Shift+o');
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'qat' }).first().waitFor();
    await lathe.shot('recipe-outline');
    await page.keyboard.press('Escape');
  });
});

describe('a recipe in a folder that is not trusted', { timeout: 200_000 }, () => {
  let lathe, page;
  const it = inSequence(() => lathe);
  before(async () => {
    lathe = await openLathe({ trusted: false, files: { 'edit.compress.yaml': recipe.replace('model.onnx', 'shapes/model.onnx') } });
    page = lathe.page;
  });
  after(() => lathe?.close());

  it('is checked and explained, and offers nothing that runs', async () => {
    await explorerRow(page, 'edit.compress.yaml').dblclick();
    await page.locator('.squiggly-error').first().waitFor();
    await page.locator('.view-line', { hasText: 'kB file' }).first().waitFor();
    assert.equal(await page.locator('.codelens-decoration a', { hasText: 'Run' }).count(), 0);
    await lathe.shot('recipe-untrusted');
  });
});
