import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { openWindow, startServer } from '../host/vscode.mjs';
import { explorerRow, whenContributed } from '../host/workbench.mjs';
import { makeWorkspace } from '../host/workspace.mjs';

const root = path.join(import.meta.dirname, '../..');
const shots = path.join(root, 'out/shots');
const pictures = path.join(root, 'docs/pictures');

/** The extension under test, as installed: the package that LATHE_TEST_VSIX names, or the checkout, or a built copy of it that LATHE_TEST_LINK names. */
export const extensionUnderTest = () =>
  process.env.LATHE_TEST_VSIX ? { vsix: process.env.LATHE_TEST_VSIX } : { link: process.env.LATHE_TEST_LINK ?? root };

/**
 * A window of VS Code on a new workspace, ready when Lathe's commands are there. `close` ends all of it. `shot` writes a picture
 * into out/shots; `picture` one for the docs as well, with UPDATE_PICTURES=1. `secondFolder`: a workspace of two folders; `env`: of the extension host;
 * `files`: texts by name that lie in the folder before the window is there, so that no watcher has to see them come.
 */
export async function openLathe({ settings, trusted, secondFolder, env, files = {} } = {}) {
  fs.mkdirSync(shots, { recursive: true });
  const workspace = await makeWorkspace();
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(workspace.folder, name), text);
  const server = await startServer({ ...extensionUnderTest(), settings, trusted, env });
  const window = await openWindow(server, secondFolder ? { workspace: workspace.addFolder() } : { folder: workspace.folder });
  const { page } = window;
  const shot = (name) => page.screenshot({ path: path.join(shots, `${name}.png`) });
  const picture = async (name) => {
    await shot(name);
    if (process.env.UPDATE_PICTURES) await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  };
  const close = async () => {
    await shot('last').catch(() => {}); // for a look at what a failed test left on the screen
    await window.close();
    await server.stop();
    workspace.remove();
  };
  try {
    await explorerRow(page, secondFolder ? 'first' : 'long.onnx').waitFor();
    // Commands that run something are there once VS Code knows that the folder is trusted, a moment after the others.
    await whenContributed(page, trusted === false ? 'Lathe: Show Output' : 'Lathe: Compress…');
  } catch (error) {
    await close();
    throw error;
  }
  return { workspace, server, window, page, shot, picture, close };
}

/**
 * Tests of one window that build on each other: once one has failed, the rest fail at once and say why, and the screen of that
 * moment is in out/shots/failed.png.
 */
export function inSequence(window) {
  let failed;
  return (name, test) =>
    it(name, async () => {
      if (failed) throw new Error(`not run, because "${failed}" failed before`);
      try {
        await test();
      } catch (error) {
        failed = name;
        await window()
          ?.shot('failed')
          .catch(() => {}); // the window itself may be what failed
        throw error;
      }
    });
}
