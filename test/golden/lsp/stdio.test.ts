import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Diagnostic, Position, PublishDiagnosticsParams, ServerCapabilities } from 'vscode-languageserver/node';
import { root } from '../../support/lathe.ts';
import { LspClient } from '../../support/lsp-client.ts';

/** What any editor sees of `lathe language-server --stdio`: built as it ships, spoken to by a client that knows no library. */

vi.setConfig({ testTimeout: 60_000 });
const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-lsp-'));
beforeAll(() => {
  const { status, stderr } = spawnSync(process.execPath, ['esbuild.mjs', 'cli', 'language-server', 'facts', `--outdir=${folder}`], {
    cwd: root,
  });
  expect(status, String(stderr)).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = (...args: string[]): LspClient => new LspClient(process.execPath, [path.join(folder, 'cli.mjs'), 'language-server', ...args]);
const uri = 'file:///recipes/of%20mine/%C3%A4.compress.yaml';

/** The problems of one version of a recipe. */
const problemsOf = async (client: LspClient, version: number, of = uri): Promise<Diagnostic[]> => {
  const wanted = (params: PublishDiagnosticsParams): boolean => params.version === version && params.uri === of;
  return (await client.next<PublishDiagnosticsParams>('textDocument/publishDiagnostics', wanted, true)).diagnostics;
};

/** The next problems that are published, whatever the version, of which one has a code; facts come later than the text. */
const problemsWith = async (client: LspClient, of: string, code: string): Promise<Diagnostic> => {
  const has = ({ uri, diagnostics }: PublishDiagnosticsParams): boolean => uri === of && diagnostics.some((found) => found.code === code);
  const { diagnostics } = await client.next<PublishDiagnosticsParams>('textDocument/publishDiagnostics', has, true);
  return diagnostics.find((found) => found.code === code)!;
};

const place = (line: number, character: number): Position => ({ line, character });

it('says what it can do, finds problems, and ends with 0', async () => {
  const client = start('--stdio');
  const { capabilities } = (await client.initialize()) as { capabilities: ServerCapabilities };
  expect(capabilities).toMatchObject({ positionEncoding: 'utf-16', textDocumentSync: { openClose: true, change: 2 } });
  const providers = [
    'completion',
    'hover',
    'definition',
    'references',
    'rename',
    'documentSymbol',
    'foldingRange',
    'codeAction',
    'inlayHint',
    'documentLink',
  ];
  for (const name of providers) expect(capabilities, name).toHaveProperty(`${name}Provider`);
  client.open(uri, 'version: 1\nnom: x\n');
  expect((await problemsOf(client, 1)).map(({ code }) => code)).toContain('recipe.unknown-key');
  expect(await client.end()).toBe(0);
  expect(client.stderr).toBe('');
});

it('counts columns in UTF-16 units and lines by every kind of end', async () => {
  const client = start();
  await client.initialize();
  client.open(uri, 'version: 1\r\nlayers: { "😀é": { weihgts: 4 } }\r\n\tx: 1\r\nlast: 1');
  const problems = await problemsOf(client, 1);
  const at = (text: string): Diagnostic | undefined => problems.find(({ message }) => String(message).includes(text));
  // The emoji is two units: the key begins in column 19.
  expect(at('weihgts')?.range).toEqual({ start: place(1, 19), end: place(1, 26) });
  expect(at('tab')).toMatchObject({ range: { start: { line: 2 } } });
  expect(at('"last"')?.range).toEqual({ start: place(3, 0), end: place(3, 4) });
  // What an edit says is in the same units.
  client.change(uri, 2, [{ range: { start: place(1, 19), end: place(1, 26) }, text: 'quantize: {} ,wieghts' }]);
  expect((await problemsOf(client, 2)).find(({ message }) => String(message).includes('wieghts'))?.range.start).toEqual(place(1, 33));
  await client.end();
});

it('goes by the text in the editor, not by the one on the disk, until it is closed', async () => {
  const client = start();
  await client.initialize();
  const file = path.join(folder, 'unsaved.compress.yaml');
  writeFileSync(file, 'version: 1\nwrong: 1\n');
  const unsaved = pathToFileURL(file).href;
  client.open(unsaved, 'version: 1\nother: 1\n', 7);
  const messages = (await problemsOf(client, 7, unsaved)).map(({ message }) => message).join('\n');
  expect(messages).toContain('other');
  expect(messages).not.toContain('wrong');
  const hover = await client.request('textDocument/hover', { textDocument: { uri: unsaved }, position: place(0, 2) });
  expect(hover).not.toBeNull();
  const emptied = client.next<PublishDiagnosticsParams>(
    'textDocument/publishDiagnostics',
    ({ uri, diagnostics }) => uri === unsaved && diagnostics.length === 0,
  );
  client.notify('textDocument/didClose', { textDocument: { uri: unsaved } });
  await emptied;
  expect(await client.request('textDocument/hover', { textDocument: { uri: unsaved }, position: place(0, 2) })).toBeNull();
  await client.end();
});

it('keeps up with fast typing, and answers what is no longer wanted with as much', async () => {
  const client = start();
  await client.initialize();
  const wanted = 'version: 1\nmodel: model.onnx\nsteps:\n  - quantize: { weihgts: 4 }\n';
  client.open(uri, '');
  let version = 1;
  const asked: Promise<unknown>[] = [];
  for (let line = 0, character = 0, i = 0; i < wanted.length; i++) {
    client.change(uri, ++version, [{ range: { start: place(line, character), end: place(line, character) }, text: wanted[i]! }]);
    if (wanted[i] === '\n') [line, character] = [line + 1, 0];
    else character++;
    const answer = client.request('textDocument/completion', { textDocument: { uri }, position: place(line, character) });
    client.notify('$/cancelRequest', { id: answer.id });
    asked.push(answer.catch((error: unknown) => expect(error).toMatchObject({ code: -32800 })));
  }
  await Promise.all(asked);
  expect((await problemsOf(client, version)).find(({ message }) => String(message).includes('weihgts'))?.range.start).toEqual(place(3, 16));
  // A whole text at once is a change as well.
  client.change(uri, ++version, [{ text: 'verison: 1\n' }]);
  expect((await problemsOf(client, version))[0]?.range.start).toEqual(place(0, 0));
  await client.end();
});

it('knows the model of a recipe, and says which layer was meant', async () => {
  const workspace = path.join(folder, 'work space');
  mkdirSync(workspace, { recursive: true });
  cpSync(path.join(root, 'samples/shapes/model.onnx'), path.join(workspace, 'model.onnx'));
  const client = start();
  const workspaceUri = pathToFileURL(workspace).href;
  await client.initialize({ rootUri: workspaceUri, workspaceFolders: [{ uri: workspaceUri, name: 'work space' }] });
  const recipe = `${workspaceUri}/a.compress.yaml`;
  client.open(
    recipe,
    'version: 1\nmodel: model.onnx\nsteps: [quantize: { mode: dynamic }]\nlayers:\n  no-such-layer: { quantize: false }\n',
  );
  const unknown = await problemsWith(client, recipe, 'recipe.layer');
  expect(unknown.range).toEqual({ start: place(4, 2), end: place(4, 15) });
  await client.end();
});

it('answers what it does not know, or may not yet, with errors of the protocol', async () => {
  const client = start();
  await expect(client.request('textDocument/hover', { textDocument: { uri }, position: place(0, 0) })).rejects.toMatchObject({
    code: -32002,
  });
  await client.initialize();
  await expect(client.request('textDocument/noSuchThing', {})).rejects.toMatchObject({ code: -32601 });
  client.notify('$/noSuchThing', {});
  expect(await client.request('textDocument/hover', { textDocument: { uri: 'untitled:x' }, position: place(0, 0) })).toBeNull();
  await client.request('shutdown', undefined);
  await expect(client.request('textDocument/hover', { textDocument: { uri }, position: place(0, 0) })).rejects.toMatchObject({
    code: -32600,
  });
  client.notify('exit');
  expect(await client.exited).toBe(0);
});

it('ends with 1 where the client goes without a word, with 0 where none ever came', async () => {
  const impolite = start();
  await impolite.initialize();
  impolite.notify('exit');
  expect(await impolite.exited).toBe(1);
  const gone = start();
  await gone.initialize();
  gone.process.stdin.end();
  expect(await gone.exited).toBe(1);
  const never = start();
  never.process.stdin.end();
  expect(await never.exited).toBe(0);
});
