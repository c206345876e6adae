import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeXir, encodeXir } from '../../../src/engine/xir/codec.ts';
import { evaluateXir } from '../../../src/engine/xir/evaluate/index.ts';

// Graphs with every tensor as the vendor's own cpu-runner computed it; compiled and quantized files of Vitis-AI 2.5 and 3.0.
const shared = path.resolve(import.meta.dirname, '../../../../shared');
const golden = path.join(shared, 'xir-tools/golden');
const samples = path.join(shared, 'zoo/vitis');
const present = existsSync(golden) && existsSync(samples);
if (!present) console.warn('NOT RUN: graphs computed by the cpu-runner of Vitis-AI are not here (../shared/xir-tools)');

interface Golden {
  inputs: Record<string, string>;
  tensors: { name: string; f32: string; ints?: number[] }[];
}

const floats = (text: string): Float32Array => new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
const read = (file: string): Uint8Array => new Uint8Array(readFileSync(file));
const joined = (graph: ReturnType<typeof decodeXir>): Buffer => Buffer.concat([...encodeXir(graph)] as Uint8Array[]);

describe.skipIf(!present)('against the vendor', () => {
  const names = present ? readdirSync(golden).flatMap((file) => (file.endsWith('.json') ? [path.basename(file, '.json')] : [])) : [];

  it.each(names)('%s: every tensor bit for bit', (name) => {
    const { inputs, tensors } = JSON.parse(readFileSync(path.join(golden, `${name}.json`), 'utf8')) as Golden;
    const graph = decodeXir(read(path.join(golden, `${name}_int.xmodel`)));
    const computed = evaluateXir(graph, new Map(Object.entries(inputs).map(([op, text]) => [op, floats(text)])));
    expect(tensors.length).toBeGreaterThan(0);
    for (const tensor of tensors) {
      const values = computed.get(tensor.name);
      expect({ name: tensor.name, data: values?.data }).toEqual({ name: tensor.name, data: floats(tensor.f32) });
      if (tensor.ints) expect([...values!.integers!]).toEqual(tensor.ints);
    }
  });

  it('writes all of its files again as the same bytes', () => {
    const files = [golden, samples].flatMap((folder) =>
      readdirSync(folder).flatMap((file) => (file.endsWith('.xmodel') ? path.join(folder, file) : [])),
    );
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) expect(joined(decodeXir(read(file))).equals(read(file)), file).toBe(true);
  });
});
