// A chain from its recipe: shown as one graph with its models as groups, analyzed, steered, and gone to and fro, by mouse and keyboard.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { editorTab, explorerRow, notification, pick, runCommand, runCommandByKey, setTheme, unfold, webview } from '../host/workbench.mjs';
import { accessibilityProblems } from './axe.mjs';
import { inSequence, openLathe } from './window.mjs';

const recipe = `# Clean the picture, then say what it shows.
version: 1
models:
  restore: { new: unet, classes: 3, input: [3, 32, 32], width: 0.25, stride: 2 }
  classify: { model: model.onnx, input: { from: restore, color: bgr, scale: 0.9 } }
chain: [restore, classify]
data:
  input: { color: rgb, scale: 1/255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
  calibration: { path: pictures/train, labels: folders, count: 20 }
  test: { path: pictures/test, labels: folders, count: 20 }
steps:
  - quantize: { on: classify, weights: 8 }
  - quantize: { on: restore, weights: 8 }
layers:
  "classify:/block1/*": { weights: 8 }
  "restore:/join/*": { weights: 8 }
`;

describe('a chain', { timeout: 600_000 }, () => {
  let lathe, page;
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
    fs.writeFileSync(file(), recipe);
  });
  after(() => lathe?.close());
  const it = inSequence(() => lathe);

  const file = () => path.join(lathe.workspace.folder, 'shapes/pair.compress.yaml');
  const lens = (text) => page.locator('.codelens-decoration a', { hasText: text });
  const find = async (view, name) => {
    await view.locator('lathe-model').click({ position: { x: 30, y: 300 } });
    await page.keyboard.press('/');
    await page.keyboard.type(name);
    await page.keyboard.press('Enter');
  };
  const says = async (part) => {
    for (let tries = 0; !fs.readFileSync(file(), 'utf8').includes(part); tries++) {
      assert.ok(tries < 100, `the recipe never said ${part}:\n${fs.readFileSync(file(), 'utf8')}`);
      await page.waitForTimeout(100);
    }
  };
  /** Waits for what is drawn behind a line: it is no text of the page. */
  const written = (pattern) =>
    page.waitForFunction(
      (source) =>
        [...document.querySelectorAll('.monaco-editor .view-line span')].some((span) =>
          ['::before', '::after'].some((part) => new RegExp(source).test(getComputedStyle(span, part).content.replaceAll('\u00a0', ' '))),
        ),
      pattern,
    );

  it('opens beside its recipe from the line that says so, each model a group', async () => {
    await unfold(page, 'shapes', explorerRow(page, 'pair.compress.yaml'));
    await explorerRow(page, 'pair.compress.yaml').dblclick();
    await lens('Show the chain').click();
    await editorTab(page, 'pair.onnx').waitFor();
    const view = webview(page);
    await view.locator('lathe-model main').waitFor();
    await page.waitForTimeout(1500);
    await lathe.shot('chain-first');
    assert.deepEqual(await accessibilityProblems(view), []);
  });

  it('is analyzed as one: figures of both models lie over the graph and stand at the lines of the recipe', async () => {
    await lens('Analyze').first().click();
    await pick(page, 'Analyze pair.onnx', '16 pictures');
    await notification(page, 'pair.onnx').waitFor();
    await written('worst .* dB');
    await page.waitForTimeout(1000);
    await lathe.shot('chain-analyzed');
  });

  it('names what lies between two models, to the pointer and by search', async () => {
    const view = webview(page);
    await find(view, 'seam:classify');
    await view.locator('lathe-layer-detail, lathe-recipe-setting').first().waitFor();
    await page.waitForTimeout(800);
    await lathe.shot('chain-seam');
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    await runCommand(page, 'Notifications: Clear All Notifications');
    await view.getByRole('button', { name: /^Dismiss: Analyze/ }).click();
    await find(view, 'seam:classify/image/Mul');
    await page.keyboard.press('Escape');
    await view.getByRole('button', { name: 'Side panel' }).click();
    await page.mouse.move(400, 600);
    await page.waitForTimeout(1500);
    await lathe.picture('chain');
    await view.getByRole('button', { name: 'Side panel' }).click();
    await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
    for (const theme of ['Dark Modern', 'Dark High Contrast', 'Light High Contrast', 'Light Modern']) {
      await setTheme(page, theme);
      assert.deepEqual(await accessibilityProblems(webview(page)), [], theme);
      await lathe.shot(`chain-${theme.toLowerCase().replaceAll(' ', '-')}`);
    }
  });

  it('a width chosen in the graph stands in the recipe under the name of the model', async () => {
    const view = webview(page);
    await find(view, 'classify:/block2/conv/Conv');
    await view.locator('lathe-recipe-setting h3').waitFor();
    await view.getByRole('button', { name: 'Change' }).click();
    await view.getByRole('menuitem', { name: 'Weights' }).click();
    await view.getByRole('menuitem', { name: '4 bits' }).click();
    await says('"classify:/block2/conv/Conv": { weights: 4 }');
    await view.locator('lathe-recipe-setting').getByText('weights: 4', { exact: true }).waitFor();
    await page.waitForTimeout(800);
    await lathe.shot('chain-steered');
    await view.getByRole('button', { name: 'Analyze now' }).click();
    await view.getByText('Analyze 1 layer of pair.onnx').waitFor();
    await view.getByText('1 layer on 20 pictures').first().waitFor();
  });

  it('goes from a name in the recipe to the layers in the graph, by keyboard', async () => {
    await page.locator('.monaco-editor .view-line', { hasText: 'restore:/join/' }).click({ position: { x: 60, y: 8 } });
    await runCommandByKey(page, 'Lathe: Reveal in Graph');
    const view = webview(page);
    await view.getByText('6 layers selected').waitFor();
    await page.waitForTimeout(800);
    await lathe.shot('chain-revealed');
    await page.locator('.monaco-editor .view-line', { hasText: 'classify:/block1/' }).click({ position: { x: 150, y: 8 } });
    await page.keyboard.press('F12');
    await view.getByText('4 layers selected').waitFor();
    await lathe.shot('chain-definition');
  });

  it('runs, and is compared with what came of it', async () => {
    await editorTab(page, 'pair.compress.yaml').first().click();
    await lens('Run').first().click();
    await editorTab(page, 'chain_quantize_2.onnx').waitFor();
    await page.waitForTimeout(1000);
    await lathe.shot('chain-run');
    await runCommand(page, 'View: Close All Editors');
    await explorerRow(page, 'pair.compress.yaml').dblclick();
    await lens('Compare with last run').first().click();
    await webview(page).locator('lathe-compare').waitFor();
    await page.waitForTimeout(4000);
    await lathe.shot('chain-compared');
  });
});
