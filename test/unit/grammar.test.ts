import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';

const grammar = ['--grammar', 'syntaxes/compression-config.tmLanguage.json'];

/** What a tool of vscode-tmgrammar-test says, and whether it is content. */
function ran(tool: 'unit' | 'snapshot', ...args: string[]): { ok: boolean; said: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`node_modules/vscode-tmgrammar-test/dist/${tool}.js`, ...grammar, ...args],
    {
      encoding: 'utf8',
    },
  );
  return { ok: status === 0, said: stdout + stderr };
}

it('knows steps, models, layers and patterns by their places', () => {
  const { ok, said } = ran('unit', 'test/grammar/places.yaml');
  expect(ok, said).toBe(true);
});

// After a change that is meant: the same call with --updateSnapshot, and a look at what changed.
it('colours whole recipes as before, in blocks, between brackets and in JSON', () => {
  const files = readdirSync('test/grammar').filter((file) => /\.(yaml|json)$/.test(file) && file !== 'places.yaml');
  expect(files.length).toBeGreaterThan(2);
  const { ok, said } = ran('snapshot', '--scope', 'source.compression-config', ...files.map((file) => `test/grammar/${file}`));
  expect(ok, said).toBe(true);
});
