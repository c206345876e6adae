// `npm test`: everything, on a machine that has Node and npm only. `npm test -- NAME…` runs the steps of these names.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { installPackages, root, run } from './prepare.mjs';

installPackages();

const node = process.execPath;
const bin = (name) => `node_modules/${name}`;
/** Where vitest writes what failed, for the summary. */
const failures = (project) => path.join(root, 'out', `${project}-tests.json`);
const vitest = (project) => [
  bin('vitest/vitest.mjs'),
  ...['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${failures(project)}`],
];

/** Name, command line, what it proves. Order: cheap ones first. */
const steps = [
  ['types', [bin('typescript/bin/tsc'), '--noEmit'], 'types of the engine, the command line and the tests'],
  ['types-extension', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'src/extension'], 'types of the extension'],
  ['types-webview', [bin('typescript/bin/tsc'), '--noEmit', '-p', 'webview'], 'types of the webview'],
  ['lint', [bin('eslint/bin/eslint.js'), '.'], 'eslint'],
  ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'], 'prettier'],
  [
    'rules',
    [bin('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.mjs', 'src', 'webview', 'language-server'],
    'which room imports which',
  ],
  ['build', ['esbuild.mjs'], 'the bundles'],
  ['unit', vitest('unit'), 'unit tests'],
  ['golden', vitest('golden'), 'golden tests, real models where they are present'],
  ['browser', ['scripts/test-browser.mjs'], 'the views in a plain page of a real browser'],
  ['host', ['scripts/test-host.mjs'], 'the extension in a real VS Code, from source'],
  ['vsix', ['scripts/test-host.mjs', '--vsix'], 'the packaged extension in a real VS Code'],
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some(([step]) => step === name));
if (unknown.length) {
  console.error(`no step ${unknown.join(', ')}; there are ${steps.map(([name]) => name).join(', ')}`);
  process.exit(2);
}

const results = [];
for (const [name, command, what] of steps.filter(([name]) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n=== ${name}: ${what}`);
  rmSync(failures(name), { force: true });
  const start = performance.now();
  const ok = run(node, command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  results.push({ name, ok, seconds: (performance.now() - start) / 1000 });
}

console.log('\n=== summary');
for (const { name, ok, seconds } of results) console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(0)} s)`);
for (const { name } of results.filter(({ ok }) => !ok)) for (const line of failedTests(name)) console.log(line);
const failed = results.filter(({ ok }) => !ok).length;
console.log(`steps: ${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;

/** Each failed test of a vitest step with the first line of its reason. */
function failedTests(step) {
  if (!existsSync(failures(step))) return [];
  const { testResults } = JSON.parse(readFileSync(failures(step), 'utf8'));
  const lines = testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (message && failed.length === 0) return [`✖ ${path.relative(root, name)}: ${message.split('\n')[0]}`];
    return failed.map(
      ({ fullName, failureMessages: [reason = ''] }) => `✖ ${path.relative(root, name)}: ${fullName}: ${reason.split('\n')[0]}`,
    );
  });
  return lines.length ? lines : [`✖ ${step}: failed outside of a test; its output above says why`];
}
