// What a person does in the workbench, and where to look for what came of it.

export const explorerRow = (page, name) => page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
export const notification = (page, text) => page.locator('.notification-toast', { hasText: text });
export const terminalText = (page, text) => page.locator('.terminal-wrapper.active .xterm-rows', { hasText: text });
export const statusBarItem = (page, text) => page.locator('.statusbar-item', { hasText: text });
export const editorTab = (page, name) => page.locator('.tab', { hasText: name });

const quickInput = (page) => page.locator('.quick-input-widget input:not([type=checkbox])').first();
export const quickPickRows = (page) => page.locator('.quick-input-list .monaco-list-row');
export const quickPick = (page, text) => quickPickRows(page).filter({ hasText: text }).first();

/** The document inside a webview. Several may be open: the one whose title element says `title`, or the only one. */
export function webview(page, index = 0) {
  return page.frameLocator(`iframe.webview.ready >> nth=${index}`).frameLocator('iframe#active-frame');
}

/**
 * Opens the command palette with `text` as the filter and waits for `entry`. Where VS Code is slow the palette empties what was
 * written into it before it was ready, or a webview keeps the key: then the whole is done again. False when `entry` never came.
 */
async function openPalette(page, text, entry, { timeoutMs = 30_000, patienceMs = 2000 } = {}) {
  for (const end = Date.now() + timeoutMs; ;) {
    await page.keyboard.press('F1');
    const found = await quickInput(page)
      .fill(`>${text}`, { timeout: patienceMs })
      .then(() => quickPick(page, entry).waitFor({ timeout: patienceMs }))
      .then(
        () => true,
        () => false,
      );
    if (found) return true;
    await closePalette(page);
    if (Date.now() > end) return false;
  }
}

async function closePalette(page) {
  await page.keyboard.press('Escape');
  await quickInput(page).waitFor({ state: 'hidden' });
}

/** The explorer is there seconds before an extension's contributions: a file opened earlier than those opens as plain text. */
export async function whenContributed(page, command, timeoutMs = 90_000) {
  if (!(await openPalette(page, command, command, { timeoutMs, patienceMs: 1000 })))
    throw new Error(`no command "${command}": is the extension loaded?`);
  await closePalette(page);
}

export async function runCommand(page, command) {
  if (!(await openPalette(page, command, command))) throw new Error(`no command "${command}" in the palette`);
  await quickPick(page, command).click();
}

export async function runCommandByKey(page, command) {
  if (!(await openPalette(page, command, command))) throw new Error(`no command "${command}" in the palette`);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: command }).waitFor();
  await page.keyboard.press('Enter');
}

/** The commands that the palette offers for `text`, once `known` is among them. */
export async function offeredCommands(page, text, known) {
  if (!(await openPalette(page, text, known))) throw new Error(`no command "${known}" in the palette`);
  const offered = await quickPickRows(page).allInnerTexts();
  await closePalette(page);
  return offered;
}

/** Unfolds a folder of the explorer until `row` is there; after a reload the explorer restores what was unfolded a moment late. */
export async function unfold(page, folder, row) {
  for (let attempt = 0; attempt < 20; attempt++) {
    const there = await row.waitFor({ timeout: 2000 }).then(
      () => true,
      () => false,
    );
    if (there) return;
    if ((await explorerRow(page, folder).first().getAttribute('aria-expanded')) === 'false')
      await explorerRow(page, folder).first().click();
  }
  throw new Error(`nothing such in the folder ${folder}`);
}

/** Picks by mouse; a quick pick that follows another shows the same list element, so wait for its title first. */
export async function pick(page, title, entry) {
  await page.locator('.quick-input-title', { hasText: title }).waitFor();
  await quickPickRows(page).first().waitFor();
  const row = quickPick(page, entry);
  const drawn = await row.waitFor({ timeout: 3000 }).then(
    () => true,
    () => false,
  );
  // The list draws only the rows that fit; what lies below them is typed.
  if (!drawn) await quickInput(page).fill(entry);
  await row.click();
}

/** Picks by keyboard only. A busy window may lose the Enter: then it is pressed again. */
export async function pickByKey(page, title, entry) {
  const question = page.locator('.quick-input-title', { hasText: title });
  await question.waitFor();
  await page.keyboard.type(entry);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: entry }).waitFor();
  for (let attempt = 1; attempt <= 3; attempt++) {
    await page.keyboard.press('Enter');
    const answered = await question.waitFor({ state: 'hidden', timeout: 5_000 }).then(
      () => true,
      () => false,
    );
    if (answered) return;
  }
  throw new Error(`the question "${title}" takes no Enter`);
}

/**
 * A menu ignores clicks in its first moments, which are long on a busy machine, and belongs to a row that a list may draw anew meanwhile: clicks, then
 * presses Enter, then opens the menu again, until it is gone.
 */
export async function clickContextMenu(page, row, entry) {
  const item = page.locator('.context-view .action-item', { hasText: entry });
  const gone = () =>
    item.waitFor({ state: 'hidden', timeout: 3000 }).then(
      () => true,
      () => false,
    );
  for (let attempt = 1; attempt <= 4; attempt++) {
    await row.click({ button: 'right' });
    await item.waitFor();
    await item.hover();
    await page.waitForTimeout(500);
    await item.click();
    if (await gone()) return;
    await item.hover();
    await page.keyboard.press('Enter');
    if (await gone()) return;
    await page.keyboard.press('Escape');
    await gone();
  }
  throw new Error(`the menu entry "${entry}" takes no click`);
}

/** Picks a colour theme and waits until the workbench wears it. */
export async function setTheme(page, theme) {
  await runCommand(page, 'Preferences: Color Theme');
  await quickInput(page).fill(theme);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: theme }).waitFor();
  await page.keyboard.press('Enter');
  await quickInput(page).waitFor({ state: 'hidden' });
  const kind = theme.includes('High Contrast') ? /hc-/ : theme.startsWith('Dark') ? /vs-dark/ : /(^| )vs( |$)/;
  await page.waitForFunction(([source]) => new RegExp(source).test(document.querySelector('.monaco-workbench').className), [kind.source]);
  await page.waitForTimeout(500); // webviews get the colours a moment later
}

/**
 * The hover of a row, with this text in it. VS Code drops a hover when a list or the window is busy at that moment: the pointer leaves and
 * comes again, some times.
 */
export async function hoverOf(page, row, text, tries = 5) {
  const hover = page.locator('.monaco-hover', { hasText: text });
  for (let left = tries; ; left--) {
    await row.hover();
    try {
      await hover.waitFor({ timeout: left > 1 ? 5_000 : 30_000 });
      return hover;
    } catch (error) {
      if (left <= 1) throw error;
      await page.mouse.move(900, 400);
    }
  }
}

/**
 * Waits until VS Code has stored what a reload of the window brings back: open editors and the states of their views. In a browser it does so
 * every few seconds at best, and later where it is busy; a page that is reloaded has no time for it. `texts` stand in what is stored.
 */
export async function untilStored(page, ...texts) {
  const stored = (wanted) => {
    const read = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const valuesOf = async (name) => {
      const database = await read(indexedDB.open(name));
      try {
        if (!database.objectStoreNames.contains('ItemTable')) return [];
        return await read(database.transaction('ItemTable').objectStore('ItemTable').getAll());
      } finally {
        database.close();
      }
    };
    return indexedDB
      .databases()
      .then((all) => Promise.all(all.filter(({ name }) => name.startsWith('vscode-web-state-db')).map(({ name }) => valuesOf(name))))
      .then((all) => all.flat().some((value) => typeof value === 'string' && wanted.every((text) => value.includes(text))));
  };
  await page.waitForFunction(stored, texts, { timeout: 120_000, polling: 500 });
  // What is stored first is not yet all of it: it is stored again every five seconds.
  await page.waitForTimeout(6_000);
}
