import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { refusedLocation } from '../../../src/engine/onnx/external-data.ts';
import { readModel, writeModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { loadTensor, scanModel } from '../../../src/engine/onnx/scan.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { buildModel } from '../../support/model-builder.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'lathe-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const place = (name: string): string => path.join(folder, name);
const weights = Tensor.float32(
  [32, 64],
  Float32Array.from({ length: 2048 }, (_, i) => Math.sin(i)),
);

const product = (): Model =>
  buildModel({
    inputs: [{ name: 'x', shape: [1, 32] }],
    outputs: [{ name: 'y', shape: [1, 64] }],
    nodes: [
      ['MatMul', ['x', 'w'], ['p']],
      ['Add', ['p', 'b'], ['y']],
    ],
    initializers: { w: weights, b: Tensor.float32([64], new Float32Array(64).fill(0.25)) },
  });

async function run(model: string | Uint8Array): Promise<number[]> {
  const session = await (typeof model === 'string' ? InferenceSession.create(model) : InferenceSession.create(model));
  const x = new OrtTensor(
    'float32',
    Float32Array.from({ length: 32 }, (_, i) => Math.cos(i)),
    [1, 32],
  );
  const { y } = await session.run({ x });
  return Array.from(y!.data as Float32Array);
}

/** A model whose weights are said to lie at `location`; the file holds `size` bytes unless it is not to be made. */
async function external(location: string, entries: Record<string, string> = {}): Promise<string> {
  const model = product();
  const source = {
    kind: 'external' as const,
    location,
    offset: Number(entries['offset'] ?? 0),
    length: entries['length'] ? Number(entries['length']) : undefined,
  };
  model.graph.initializers.set('w', new Tensor(weights.type, weights.dims, source));
  const file = place(`external-${Math.abs(hash(location + JSON.stringify(entries)))}.onnx`);
  writeFileSync(file, encodeModel(model));
  return file;
}

const hash = (text: string): number => [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7);

async function refusal(file: string): Promise<string> {
  const codes = await Promise.all([readModel, scanModel].map((read) => read(file).then(() => 'read', (error: { code?: string }) => error.code ?? String(error)))); // prettier-ignore
  expect(codes[0]).toBe(codes[1]);
  return codes[0]!;
}

describe('writing', () => {
  it('makes files that ONNX Runtime runs with equal outputs, with the weights inside or beside', async () => {
    const expected = await run(encodeModel(product()));
    await writeModel(product(), place('inside.onnx'));
    await writeModel(product(), place('beside.onnx'), { externalData: 'always' });
    expect(await run(place('inside.onnx'))).toEqual(expected);
    expect(await run(place('beside.onnx'))).toEqual(expected);
    expect(statSync(place('beside.onnx.data')).size).toBe(weights.byteLength);
    expect(statSync(place('beside.onnx')).size).toBeLessThan(1000);
    expect(await run(encodeModel(await readModel(place('beside.onnx'))))).toEqual(expected);
  });

  it('moves weights in and out of the file without changing the rest', async () => {
    await writeModel(product(), place('a.onnx'));
    await writeModel(await scanModel(place('a.onnx')), place('b.onnx'), { externalData: 'always' });
    await writeModel(await scanModel(place('b.onnx')), place('c.onnx'));
    expect(readFileSync(place('c.onnx')).equals(readFileSync(place('a.onnx')))).toBe(true);
    // Over the file that the weights still lie in.
    await writeModel(await scanModel(place('b.onnx')), place('b.onnx'), { externalData: 'always' });
    expect(await run(place('b.onnx'))).toEqual(await run(place('a.onnx')));
  });

  it('leaves the old file and nothing else when it fails', async () => {
    const deep = place('deep');
    mkdirSync(deep);
    await writeModel(product(), path.join(deep, 'm.onnx'));
    const before = readFileSync(path.join(deep, 'm.onnx'));
    const scanned = await scanModel(path.join(deep, 'm.onnx'));
    writeFileSync(path.join(deep, 'm.onnx'), before.subarray(0, 3000));
    await expect(writeModel(scanned, path.join(deep, 'n.onnx'))).rejects.toMatchObject({ code: 'model.truncated' });
    await expect(writeModel(product(), path.join(deep, 'no/such/folder.onnx'))).rejects.toMatchObject({ code: 'file.write', exitCode: 1 });
    expect(readdirSync(deep)).toEqual(['m.onnx']);
  });
});

describe('external data', () => {
  it.each([
    '../w.bin', 'a/../../w.bin', '/etc/hostname', '\\\\server\\share\\w.bin', '..\\w.bin', 'C:\\w.bin', 'C:w.bin', 'c:/w.bin', 'w.bin:stream',
    'file:///etc/hostname', 'NUL', 'sub/con.bin', '', 'w\0.bin',
  ])('%j is refused by its text on every platform', async (location) => {
    expect(refusedLocation(location)).toBeTypeOf('string');
    expect(await refusal(await external(location))).toBe(location === '' ? 'model.external-data' : 'model.external-path');
  }); // prettier-ignore

  it.each(['w.bin', 'sub/w.bin', './w.bin', '..w.bin', 'w..bin', 'console.bin'])('%j is a location like any other', (location) => {
    expect(refusedLocation(location)).toBeUndefined();
  });

  it('is not followed through links that leave the folder, and not read from what is no file', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'lathe-outside-'));
    writeFileSync(path.join(outside, 'w.bin'), weights.bytes);
    symlinkSync(path.join(outside, 'w.bin'), place('link.bin'));
    symlinkSync(outside, place('linked'));
    writeFileSync(place('w.bin'), weights.bytes);
    symlinkSync('w.bin', place('inside.bin'));
    mkdirSync(place('folder.bin'));
    expect(await refusal(await external('link.bin'))).toBe('model.external-path');
    expect(await refusal(await external('linked/w.bin'))).toBe('model.external-path');
    expect(await refusal(await external('folder.bin'))).toBe('model.external-path');
    expect(await refusal(await external('inside.bin'))).toBe('read');
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [place('pipe.bin')]);
      // Whoever opens a pipe waits for its other end: here for half a minute.
      const otherEnd = spawn('sh', ['-c', 'sleep 30; : <> "$0"', place('pipe.bin')]);
      const start = performance.now();
      expect(await refusal(await external('pipe.bin'))).toBe('model.external-path');
      expect(await refusal(place('pipe.bin'))).toBe('file.read');
      expect(performance.now() - start).toBeLessThan(15_000);
      otherEnd.kill();
    }
    rmSync(outside, { recursive: true });
  });

  it('must be there and be as long as it is said to be', async () => {
    writeFileSync(place('w.bin'), weights.bytes);
    expect(await refusal(await external('gone.bin'))).toBe('model.external-missing');
    expect(await refusal(await external('w.bin', { length: '100' }))).toBe('model.external-size');
    expect(await refusal(await external('w.bin', { offset: '4' }))).toBe('model.external-size');
    expect(await refusal(await external('w.bin', { offset: String(2 ** 52) }))).toBe('model.external-size');
    const model = await readModel(await external('w.bin', { length: String(weights.byteLength) }));
    expect(model.graph.initializers.get('w')!.toFloat32()).toEqual(weights.toFloat32());
  });
});

describe('a light scan', () => {
  it('leaves large tensors in the file and loads them when asked', async () => {
    await writeModel(product(), place('scan.onnx'));
    const model = await scanModel(place('scan.onnx'));
    const [large, small] = ['w', 'b'].map((name) => model.graph.initializers.get(name)!);
    expect(large!.source).toMatchObject({ kind: 'file', length: weights.byteLength, external: false });
    expect(small!.toFloat32()[0]).toBe(0.25);
    expect(() => large!.bytes).toThrow(expect.objectContaining({ code: 'model.weights-not-loaded' }));
    expect(() => encodeModel(model)).toThrow(expect.objectContaining({ code: 'model.weights-not-loaded' }));
    const loaded = await loadTensor(large!);
    expect(loaded.toFloat32()).toEqual(weights.toFloat32());
    model.graph.initializers.set('w', loaded);
    expect(encodeModel(model)).toEqual(encodeModel(product()));
    truncateSync(place('scan.onnx'), 3000);
    await expect(loadTensor(large!)).rejects.toMatchObject({ code: 'model.truncated' });
  });

  it('says what is wrong with a path', async () => {
    expect(await refusal(place('nothing.onnx'))).toBe('file.read');
    expect(await refusal(folder)).toBe('file.read');
  });

  it('shows an invalid graph when it is asked to be lenient', async () => {
    const model = product();
    model.graph.initializers.delete('w');
    writeFileSync(place('invalid.onnx'), encodeModel(model));
    expect(await refusal(place('invalid.onnx'))).toBe('graph.unknown-value');
    const shown = await scanModel(place('invalid.onnx'), { lenient: true });
    expect(shown.findings).toEqual([{ code: 'graph.unknown-value', message: 'nothing makes "w", which the node reads', node: 'MatMul_0' }]);
  });
});
