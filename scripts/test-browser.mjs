// Runs the tests of the views in a plain page of a real browser, without VS Code around them: test/browser. `node scripts/test-browser.mjs [NAME…]`
// runs those whose file begins so. The bundles are taken from dist/: build first.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { serverBuildRunsHere } from '../test/host/install.mjs';

const root = path.join(import.meta.dirname, '..');
const names = process.argv.slice(2);

if (!serverBuildRunsHere && !process.env.CHROMIUM) {
  console.log('NOT RUN: the browser of these tests exists for Linux x64; CHROMIUM names another one');
  process.exit(0);
}
const files = fs
  .readdirSync(path.join(root, 'test/browser'))
  .filter((file) => file.endsWith('.test.mjs') && (names.length === 0 || names.some((name) => file.startsWith(name))));
if (files.length === 0) {
  console.error(`no test in test/browser begins with ${names.join(', ')}`);
  process.exit(2);
}
const args = ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files.map((file) => `test/browser/${file}`)];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
process.exit(status === 0 ? 0 : 1);
