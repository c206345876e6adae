import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { encodeModelTo } from '../../../src/engine/onnx/encode-model.ts';
import { readModel, writeModel } from '../../../src/engine/onnx/file.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import type { Payload } from '../../../src/engine/onnx/wire-writer.ts';
import { type BuildNode, buildModel } from '../../support/model-builder.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lathe-large-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => path.join(folder, name);

/** Writes chunks where what lies in another file becomes a hole: a file of gigabytes that takes none. */
function writeSparse(file: string, chunks: Iterable<Payload>): void {
  const handle = openSync(file, 'w');
  let at = 0;
  for (const chunk of chunks) {
    if (chunk instanceof Uint8Array) writeSync(handle, chunk, 0, chunk.length, at);
    at += chunk.length;
  }
  ftruncateSync(handle, at);
  closeSync(handle);
}

/** A chain of Mul nodes with one large weight each. */
function large(count: number, elements: number): ReturnType<typeof buildModel> {
  const range = { kind: 'file', path: 'nowhere', offset: 0, length: elements * 4, external: false } as const;
  const weights = Array.from({ length: count }, (_, i) => [`w${i}`, new Tensor(DataType.float32, [elements], range)] as const);
  return buildModel({
    inputs: [{ name: 'v0', shape: [elements] }],
    outputs: [`v${count}`],
    nodes: weights.map(([name], i): BuildNode => ['Mul', [`v${i}`, name], [`v${i + 1}`]]),
    initializers: Object.fromEntries(weights),
  });
}

/** Runs a light scan in a process of its own, as `lathe inspect` does: CPU time, which a busy machine does not change, and memory. */
function measure(file: string): { milliseconds: number; mebibytes: number; tensors: number } {
  return JSON.parse(execFileSync(process.execPath, [place('scan.mjs'), file], { encoding: 'utf8' })) as ReturnType<typeof measure>;
}

/** Far below the size of the weights, far above what a scan takes (`npm run bench -- io` has the figures): processor milliseconds, MiB of the process. */
const [hang, mostMebibytes] = [10_000, 300];

describe('models of gigabytes', () => {
  beforeAll(() => {
    const source = `
      import { scanModel } from './scan.ts';
      const before = process.cpuUsage();
      const model = await scanModel(process.argv[2]);
      const { user, system } = process.cpuUsage(before);
      const milliseconds = (user + system) / 1000;
      const mebibytes = process.resourceUsage().maxRSS / 1024;
      console.log(JSON.stringify({ milliseconds, mebibytes, tensors: model.graph.initializers.size }));`;
    const resolveDir = path.resolve(import.meta.dirname, '../../../src/engine/onnx');
    const stdin = { contents: source, resolveDir, loader: 'ts' } as const;
    buildSync({ stdin, bundle: true, platform: 'node', format: 'esm', outfile: place('scan.mjs') });
  });

  it.each([
    ['256 large weights', 256, 2 ** 20],
    ['4,000 weights', 4000, 2 ** 16],
  ])('with %s inside are scanned without reading them', (_, count, elements) => {
    const file = place('inside.onnx');
    writeSparse(file, encodeModelTo(large(count, elements), new Map()).chunks());
    expect(statSync(file).size).toBeGreaterThan(2 ** 30 - 2 ** 26);
    const { milliseconds, mebibytes, tensors } = measure(file);
    expect(tensors).toBe(count);
    expect(milliseconds).toBeLessThan(hang);
    expect(mebibytes).toBeLessThan(mostMebibytes);
  });

  it('with weights beside are scanned without reading them, even 6 GB of them', () => {
    const model = large(1500, 2 ** 20);
    const places = new Map(
      [...model.graph.initializers.values()].map((tensor, i) => [
        tensor,
        { location: 'beside.data', offset: i * 2 ** 22, length: 2 ** 22 },
      ]),
    );
    writeSparse(place('beside.onnx'), encodeModelTo(model, places).chunks());
    writeSparse(place('beside.data'), [{ path: 'nowhere', offset: 0, length: 1500 * 2 ** 22 }]);
    const { milliseconds, mebibytes, tensors } = measure(place('beside.onnx'));
    expect(tensors).toBe(1500);
    expect(milliseconds).toBeLessThan(hang);
    expect(mebibytes).toBeLessThan(mostMebibytes);
  });

  it('above 2 GB are written with their weights beside them, without being asked', async () => {
    const model = large(520, 2 ** 20);
    await expect(writeModel(model, place('over.onnx'), { externalData: 'never' })).rejects.toMatchObject({ code: 'model.too-large' });
    // Their weights are nowhere, so writing the data file is as far as it gets, without gigabytes to be written.
    await expect(writeModel(model, place('over.onnx'))).rejects.toMatchObject({ code: 'file.read', place: { file: 'nowhere' } });
    expect(readdirSync(folder).filter((name) => name.includes('over'))).toEqual([]);
  });

  it('above 2 GB in one file are refused before they are read', async () => {
    writeSparse(place('huge.onnx'), [{ path: 'nowhere', offset: 0, length: 3 * 2 ** 30 }]);
    await expect(readModel(place('huge.onnx'))).rejects.toMatchObject({ code: 'model.too-large' });
  });
});
