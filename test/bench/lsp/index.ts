import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Diagnostic, PublishDiagnosticsParams } from 'vscode-languageserver/node';
import { LspClient } from '../../support/lsp-client.ts';
import { type BenchContext, type BenchGroup, measured, median } from '../measure.ts';
import { cpuSecondsOf, residentMiB } from '../process.ts';
import { longRecipe, writeWorkspace } from './workspace.ts';

const keystrokes = 200;
/** Between keystrokes, as somebody types who is fast. */
const pause = 60;
const models = 10;

/** What the language server costs, as any editor sees it: the process that ships, spoken to over its pipes. */
export const lsp: BenchGroup = {
  name: 'lsp',
  async run(bench) {
    const dist = path.join(bench.scratch, 'lsp-dist');
    execFileSync(process.execPath, ['esbuild.mjs', 'language-server', 'facts', '--minify', `--outdir=${dist}`]);
    const server = path.join(dist, 'language-server.mjs');
    const workspace = writeWorkspace(bench.scratch, models);
    await measured(bench, 'start to first diagnostics', () => starting(bench, server, workspace.folder));
    await measured(bench, 'typing in 2,000 lines', () => typing(bench, server, workspace.folder));
    await measured(bench, 'memory with ten models open', () => memory(bench, server, workspace.folder, workspace.recipes));
  },
};

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const p95 = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1]!;

async function started(server: string, folder: string): Promise<LspClient> {
  const client = new LspClient(process.execPath, [server, '--stdio']);
  const uri = pathToFileURL(folder).href;
  await client.initialize({ rootUri: uri, workspaceFolders: [{ uri, name: 'workspace' }] });
  return client;
}

const published = (
  client: LspClient,
  uri: string,
  wanted: (params: PublishDiagnosticsParams) => boolean,
): Promise<PublishDiagnosticsParams> =>
  client.next<PublishDiagnosticsParams>('textDocument/publishDiagnostics', (params) => params.uri === uri && wanted(params));

async function starting(bench: BenchContext, server: string, folder: string): Promise<void> {
  const uri = pathToFileURL(path.join(folder, 'recipe0.compress.yaml')).href;
  const runs: number[] = [];
  const cpu: number[] = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    const client = await started(server, folder);
    const first = published(client, uri, () => true);
    client.open(uri, longRecipe('model0.onnx'));
    await first;
    runs.push(performance.now() - start);
    cpu.push(cpuSecondsOf(client.process.pid!) * 1000);
    await client.end();
  }
  const value = median(runs);
  const note = `from the start of the process; 2,000 lines, median of 5; CPU time ${median(cpu).toFixed(0)} ms, reading the model beside it included`;
  bench.report({ name: 'start to first diagnostics', value, unit: 'ms', goal: '<= 700 ms', ok: value <= 700, note });
}

/** Misspells and corrects a key in the middle, asks for completion and hover after each; the model is known. */
async function typing(bench: BenchContext, server: string, folder: string): Promise<void> {
  const uri = pathToFileURL(path.join(folder, 'typed.compress.yaml')).href;
  const text = longRecipe('model0.onnx');
  const client = await started(server, folder);
  client.open(uri, text.replace('/model/layer3/block2/conv/Conv', '/model/layer3/block2/conv/Conx'));
  await published(client, uri, ({ diagnostics }) => hasCode(diagnostics, 'recipe.layer'));
  const line = 11 + 2 * 500;
  const times = { diagnostics: [] as number[], completion: [] as number[], hover: [] as number[] };
  const cpu = { before: cpuSecondsOf(client.process.pid!), asked: 0 };
  for (let i = 0; i < keystrokes; i++) {
    await wait(pause);
    // A letter into a key, and out again.
    const column = 4 + ((i >> 1) % 7);
    const start = performance.now();
    const answer = published(client, uri, ({ version }) => version === i + 2);
    const at = { start: { line, character: column }, end: { line, character: column + (i % 2) } };
    client.change(uri, i + 2, [{ range: at, text: i % 2 ? '' : 'x' }]);
    await answer;
    times.diagnostics.push(performance.now() - start);
    const document = { textDocument: { uri }, position: { line: line - 1, character: 20 } };
    for (const name of ['completion', 'hover'] as const) {
      const asked = performance.now();
      await client.request(`textDocument/${name}`, document);
      times[name].push(performance.now() - asked);
    }
  }
  const cpuEach = ((cpuSecondsOf(client.process.pid!) - cpu.before) * 1000) / keystrokes;
  await client.end();
  const goals = { diagnostics: 50, completion: 30, hover: 20 };
  for (const [name, goal] of Object.entries(goals)) {
    const all = times[name as keyof typeof times];
    const value = p95(all);
    const note = `95th percentile of ${keystrokes} keystrokes, median ${median(all).toFixed(1)} ms; 2,000 lines, a model of 5,000 nodes; CPU time of all three together ${cpuEach.toFixed(0)} ms`;
    bench.report({ name: `${name} after a keystroke`, value, unit: 'ms', goal: `<= ${goal} ms`, ok: value <= goal, note });
  }
}

const hasCode = (diagnostics: readonly Diagnostic[], code: string): boolean => diagnostics.some((found) => found.code === code);

async function memory(bench: BenchContext, server: string, folder: string, recipes: readonly string[]): Promise<void> {
  const client = await started(server, folder);
  for (const file of recipes)
    client.open(pathToFileURL(file).href, `${readFileSync(file, 'utf8')}\n  no-such-layer: { quantize: false }\n`);
  // A layer that the model lacks is told of only when the model is known.
  const known = recipes.map((file) => {
    const uri = pathToFileURL(file).href;
    const wanted = (params: PublishDiagnosticsParams): boolean => params.uri === uri && hasCode(params.diagnostics, 'recipe.layer');
    return client.next('textDocument/publishDiagnostics', wanted, true);
  });
  await Promise.all(known);
  let peak = 0;
  for (let i = 0; i < 50; i++) {
    await wait(100);
    peak = Math.max(peak, residentMiB(client.process.pid!));
  }
  const value = residentMiB(client.process.pid!);
  await client.end();
  const note = `resident, of the process and its threads, 5 s after all were known; ${models} models of 5,000 nodes; at most ${peak.toFixed(0)} MiB in these seconds`;
  bench.report({ name: 'memory with ten models open', value, unit: 'MiB', goal: '<= 150 MiB', ok: value <= 150, note });
}
