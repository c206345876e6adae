import path from 'node:path';
import { build } from 'esbuild';
import { writeBigModel } from '../io.ts';
import { type BenchContext, measured, median } from '../measure.ts';
import { measureProcess } from '../process.ts';

/** What the extension host pays: to start the extension, and to open a large model. Each in a process of its own. */
export async function host(bench: BenchContext): Promise<void> {
  await measured(bench, 'activation of the extension', () => activation(bench));
  await measured(bench, 'extension host, opening a 1 GiB model', () => openingBig(bench));
}

const child = async <Result>(args: readonly string[]): Promise<Result> => {
  const { stdout } = await measureProcess(process.execPath, ['--expose-gc', ...args], { timeoutSeconds: 120 });
  return JSON.parse(stdout.trim().split('\n').pop()!) as Result;
};

async function activation(bench: BenchContext): Promise<void> {
  const runs: { milliseconds: number; modules: string[]; kibibytes: number }[] = [];
  for (let i = 0; i < 7; i++) runs.push(await child(['test/bench/view/activate.mjs', 'dist/main.cjs']));
  const value = median(runs.map(({ milliseconds }) => milliseconds));
  const { modules, kibibytes } = runs[0]!;
  const note = `loading and activate() with a stand-in for vscode, median of 7; loads ${kibibytes.toFixed(0)} KiB in ${modules.length} file(s)`;
  const ok = value <= 150 && !modules.some((file) => file.includes('onnxruntime'));
  bench.report({ name: 'activation of the extension', value, unit: 'ms', goal: '<= 150 ms, no ONNX Runtime', ok, note });
}

async function openingBig(bench: BenchContext): Promise<void> {
  const file = writeBigModel(bench.scratch, false);
  const script = path.join(bench.scratch, 'open-model.mjs');
  await build({
    entryPoints: ['test/bench/view/open-model.ts'],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
  });
  const runs: number[] = [];
  for (let i = 0; i < 5; i++) runs.push((await child<{ mebibytes: number }>([script, file])).mebibytes);
  const value = median(runs);
  const note = 'resident memory after reading it and making its graph, less that before; median of 5';
  bench.report({ name: 'extension host, opening a 1 GiB model', value, unit: 'MiB', goal: '<= 40 MiB', ok: value <= 40, note });
}
