import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commands } from '../../../src/cli/commands/index.ts';
import { buildLathe, lathe, root } from '../../support/lathe.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-examples-'));
beforeAll(() => {
  buildLathe();
  for (const sample of ['samples/shapes', 'samples/chain']) cpSync(path.join(root, sample), path.join(folder, sample), { recursive: true });
  symlinkSync(path.join(root, 'bin/lathe.mjs'), path.join(folder, 'lathe'));
  // Reports and lists need a run to speak of.
  expect(lathe(['run', 'samples/shapes/shapes.compress.yaml', '--quiet'], { cwd: folder }).code).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The examples of a command's help, as they stand there. */
const examplesOf = (name: string): string[] =>
  lathe([name, '--help'])
    .stdout.split('Examples (they work on the samples):\n')[1]!
    .trim()
    .split('\n')
    .map((line) => line.trim());

it.each(commands.map(({ name }) => name))('the examples of %s work', (name) => {
  for (const example of examplesOf(name)) {
    const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env['PATH']}` };
    const { status, stderr } = spawnSync('sh', ['-c', example], { cwd: folder, env, encoding: 'utf8' });
    expect(status, `${example}\n${stderr}`).toBe(0);
  }
});
