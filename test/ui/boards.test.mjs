// One recipe, one task: from the float model to boards, by mouse and keyboard.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { clickContextMenu, editorTab, notification, quickPick, runCommand, terminalText } from '../host/workbench.mjs';
import { inSequence, openLathe } from './window.mjs';

describe('boards', { timeout: 600_000 }, () => {
  let lathe, page;
  const it = inSequence(() => lathe);
  before(async () => {
    lathe = await openLathe();
    page = lathe.page;
  });
  after(() => lathe?.close());

  const pane = (name) => page.locator('.pane', { has: page.locator('.pane-header', { hasText: name }) });
  const rows = (name) => pane(name).locator('.monaco-list-row');

  it('lists the boards of recipes, none of them asked', async () => {
    await page.locator('.activitybar .action-item a[aria-label^="Lathe"]').click();
    await rows('Boards').filter({ hasText: 'localhost' }).waitFor();
    await lathe.shot('boards-view');
  });

  it('offers a task for each thing that a recipe can do', async () => {
    await runCommand(page, 'Tasks: Run Task');
    await quickPick(page, 'lathe').click();
    await quickPick(page, 'deploy shapes/board').waitFor();
    await lathe.shot('boards-tasks');
    await quickPick(page, 'run shapes/board').click();
    await terminalText(page, 'finished').waitFor();
    await lathe.shot('boards-run');
  });

  it('shows lenses', async () => {
    await runCommand(page, 'View: Close All Editors');
    await page.locator('.activitybar .action-item a[aria-label^="Lathe"]').click();
    await rows('Recipes').filter({ hasText: 'board' }).first().click();
    await page.locator('.codelens-decoration', { hasText: 'Deploy' }).first().waitFor({ timeout: 20000 }).catch(() => {});
    await lathe.shot('boards-recipe');
  });
});
