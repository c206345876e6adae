import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PublishDiagnosticsParams } from 'vscode-languageserver/node';
import { root } from '../../support/lathe.ts';
import { LspClient } from '../../support/lsp-client.ts';

/** What any editor sees of `lathe language-server --stdio`: built as it ships, spoken to by a client that knows no library. */

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-lsp-'));
beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['esbuild.mjs', 'cli', 'language-server', `--outdir=${folder}`], { cwd: root });
  expect(status, String(stderr)).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = (...args: string[]): LspClient => new LspClient(process.execPath, [path.join(folder, 'cli.mjs'), 'language-server', ...args]);
const uri = 'file:///recipes/of%20mine/%C3%A4.compress.yaml';
const diagnosticsOf = (client: LspClient, version: number): Promise<PublishDiagnosticsParams> =>
  client.next<PublishDiagnosticsParams>('textDocument/publishDiagnostics', (params) => params.version === version, true);

it('says what it can do, finds problems, and ends with 0', async () => {
  const client = start('--stdio');
  expect(await client.initialize()).toMatchObject({ capabilities: { positionEncoding: 'utf-16', textDocumentSync: { change: 2 } } });
  client.open(uri, 'version: 1\r\nname: "😀"\r\n');
  const { diagnostics } = await diagnosticsOf(client, 1);
  expect(diagnostics.map(({ code }) => code)).toContain('recipe.unknown-key');
  expect(await client.end()).toBe(0);
  expect(client.stderr).toBe('');
});
