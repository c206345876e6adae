// One recipe, one task: from the float model to boards, by mouse and keyboard. The zcu104 of the sample recipe has no host and is planned only, its compiler is a
// fake that prints what a real one does; the cpu is this machine, over OpenSSH's own server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { fakeCompiler, loadBoards } from '../host/board.mjs';
import {
  clickContextMenu,
  editorTab,
  explorerRow,
  notification,
  quickPick,
  quickPickRows,
  runCommand,
  terminalText,
  unfold,
  webview,
} from '../host/workbench.mjs';
import { inSequence, openLathe } from './window.mjs';

const { startBoard, whyNoSshd } = await loadBoards();
const noBoard = whyNoSshd();
if (noBoard) console.log(`nothing is deployed: ${noBoard}`);

/** What the server gives the programs that it starts. */
const onBoard = {
  NODE_PATH: path.join(import.meta.dirname, '../../node_modules'),
  PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin`,
};

const compilerLog = [
  '**************************************************',
  '* VITIS_AI Compilation - Xilinx Inc.',
  '**************************************************',
  '[UNILOG][INFO] Compile mode: dpu',
  '\u001b[33m[UNILOG][WARNING] xir::Op{name = /block2/pool/MaxPool, type = maxpool-fix} has been assigned to CPU: [its kernel is too large].\u001b[0m',
  '[UNILOG][FATAL][XCOM_PM_FAIL][The compiler occurs an unexpected error] op /block2/conv/Conv',
];

describe('boards', { timeout: 900_000 }, () => {
  let lathe, page, board, compiler;
  const it = inSequence(() => lathe);
  before(async () => {
    compiler = fakeCompiler(compilerLog);
    board = noBoard ? undefined : await startBoard({ environment: onBoard });
    const programs = [compiler.folder, ...(board ? [board.programs] : []), process.env.PATH].join(path.delimiter);
    // With VSCODE_CLI the extension host keeps this PATH; else it asks the user's shell for one.
    lathe = await openLathe({ env: { PATH: programs, VSCODE_CLI: '1' } });
    page = lathe.page;
    writeTasks();
    const text = fs.readFileSync(path.join(import.meta.dirname, '../../samples/shapes/board.compress.yaml'), 'utf8');
    const { host, port, user, identity } = board ?? {};
    const place = board ? `host: ${host}, port: ${port}, user: ${user}, identity: ${identity},` : 'host: localhost,';
    fs.writeFileSync(recipeFile(), text.replace('host: localhost,', place));
  });

  function writeTasks() {
    const file = path.join(lathe.workspace.folder, '.vscode/tasks.json');
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const recipe = 'shapes/board.compress.yaml';
    const tasks = [
      { label: 'board: what compiling would do', type: 'lathe', task: 'compile', recipe, dryRun: true },
      { label: 'board: a wrong one', type: 'lathe', task: 'deploy', model: 'shapes/model.onnx', entry: -1 },
    ];
    fs.writeFileSync(file, JSON.stringify({ version: '2.0.0', tasks }));
  }

  after(async () => {
    await lathe?.close();
    await board?.stop();
    compiler?.remove();
  });

  const recipeFile = () => path.join(lathe.workspace.folder, 'shapes/board.compress.yaml');
  const pane = (name) => page.locator('.pane', { has: page.locator('.pane-header', { hasText: name }) });
  const rows = (name) => pane(name).locator('.monaco-list-row');
  const boardRow = (text) => rows('Boards').filter({ hasText: text });
  const showSideBar = () => runCommand(page, 'View: Show Lathe');
  const problems = () => page.locator('.markers-panel .monaco-list-row');

  /** The list draws only the rows that fit: the name is typed. Tasks of the last time stand on top of the first list too. */
  async function runTask(name) {
    await runCommand(page, 'Tasks: Run Task');
    const folder = quickPickRows(page).filter({ hasText: 'lathe', has: page.locator('.codicon-folder') });
    await folder.first().click();
    await folder.first().waitFor({ state: 'hidden' });
    await page.keyboard.type(name);
    await quickPick(page, name).click();
  }

  /** Tasks of tasks.json stand in the first list. */
  async function runWritten(label) {
    await runCommand(page, 'Tasks: Run Task');
    await quickPick(page, label).click();
  }

  async function openRecipe() {
    await unfold(page, 'shapes', explorerRow(page, 'board.compress.yaml'));
    await explorerRow(page, 'board.compress.yaml').dblclick();
    await editorTab(page, 'board.compress.yaml').waitFor();
  }

  /** Folders of models that lie on the board. */
  function modelsOnBoard() {
    const folder = path.join(board.home, 'lathe/models');
    return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  }

  async function dismiss(text) {
    await notification(page, text).locator('.codicon-notifications-clear').click();
  }

  it('stand in the side bar, none of them asked', async () => {
    await showSideBar();
    await boardRow('zcu104').filter({ hasText: 'no host' }).waitFor();
    await boardRow('cpu').filter({ hasText: 'not asked yet' }).waitFor();
    await lathe.shot('boards-view');
  });

  it('have a task for each thing that a recipe can do', async () => {
    await runCommand(page, 'Tasks: Run Task');
    await quickPick(page, 'lathe').click();
    await quickPick(page, 'lathe: check shapes/board').waitFor();
    await page.keyboard.type('shapes/board');
    await quickPickRows(page).nth(4).waitFor();
    const offered = (await quickPickRows(page).allInnerTexts()).map((text) => text.split('\n')[0].trim());
    const all = ['check', 'compile', 'deploy', 'run'].map((task) => `lathe: ${task} shapes/board`);
    assert.deepEqual(offered.filter((name) => name.startsWith('lathe: ')).sort(), [...all, 'lathe: deploy shapes/board (dry run)'].sort());
    await lathe.shot('boards-tasks');
    await page.keyboard.press('Escape');
  });

  it('come after a run of the recipe: the notification leads on', async () => {
    await runTask('run shapes/board');
    await terminalText(page, 'finished').waitFor();
    await notification(page, '→').getByRole('button', { name: 'Deploy' }).waitFor();
    await lathe.shot('boards-run');
    await dismiss('→');
  });

  it('have lenses above their entries', async () => {
    await runCommand(page, 'View: Show Explorer');
    await openRecipe();
    await page.locator('.codelens-decoration', { hasText: 'Check board' }).waitFor();
    await page.locator('.codelens-decoration', { hasText: 'Deploy' }).nth(1).waitFor();
    await lathe.shot('boards-lenses');
  });

  it('show what compiling would do, and do nothing', async () => {
    await runWritten('board: what compiling would do');
    await terminalText(page, 'vai_c_xir').waitFor();
    await lathe.shot('boards-compile-plan');
  });

  it('say what is wrong with a task that was written by hand', async () => {
    await runWritten('board: a wrong one');
    await terminalText(page, 'takes no "model"').waitFor();
    await lathe.shot('boards-wrong-task');
  });

  it('show what the compiler says at the line of the recipe, and its layer in the graph', async () => {
    await runTask('compile shapes/board');
    await terminalText(page, 'compile.log').waitFor();
    await runCommand(page, 'Problems: Focus on Problems View');
    await problems().filter({ hasText: 'XCOM_PM_FAIL' }).waitFor();
    await problems().filter({ hasText: '/block2/pool/MaxPool' }).waitFor();
    await lathe.shot('boards-problems');
    const row = problems().filter({ hasText: '/block2/pool/MaxPool' });
    await row.click();
    await row.locator('.codicon-light-bulb, .codicon-lightbulb').first().click();
    const action = page.locator('.context-view .action-item', { hasText: 'Show the layer in the graph' });
    await action.hover();
    await page.waitForTimeout(500); // a menu ignores what comes in its first moments
    await action.click();
    await editorTab(page, 'model.onnx').waitFor();
    await webview(page).getByText('/block2/pool/MaxPool').first().waitFor();
    await lathe.shot('boards-layer');
  });

  it('are deployed to, with figures from there', async () => {
    if (!board) return;
    await runCommand(page, 'View: Close All Editors');
    await runTask('deploy shapes/board (dry run)');
    await terminalText(page, 'sftp').waitFor();
    await lathe.shot('boards-deploy-plan');
    await showSideBar();
    await clickContextMenu(page, boardRow('cpu'), /^Deploy Here$/);
    const told = notification(page, /cpu: .* ms/);
    await told.waitFor({ timeout: 180_000 });
    await lathe.shot('boards-deployed');
    await dismiss('cpu:');
  });

  it('are asked when somebody wants to know', async () => {
    if (!board) return;
    await boardRow('cpu').first().hover();
    await clickContextMenu(page, boardRow('cpu'), 'Ask the Board');
    await boardRow('cpu').filter({ hasText: 'ready' }).waitFor();
    await boardRow('cpu').first().click();
    const model = boardRow('.onnx');
    await model.waitFor();
    await lathe.shot('boards-asked');
    await clickContextMenu(page, model, 'Remove From the Board');
    await page.locator('.monaco-dialog-box .monaco-button', { hasText: 'Remove' }).click();
    await model.waitFor({ state: 'detached' });
    assert.deepEqual(modelsOnBoard(), []);
  });
});
