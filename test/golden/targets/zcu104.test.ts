import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { simulate } from '../../../src/engine/targets/zcu104/simulate.ts';
import { channelsFirst, channelsLast, Inexpressible, shapeHere, xmodelToOnnx } from './xmodel-to-onnx.ts';
import { readXmodel } from './xmodel.ts';

interface Golden {
  readonly inputs: Readonly<Record<string, string>>;
  readonly tensors: readonly { name: string; type: string; shape: number[]; f32: string }[];
}

const folder = path.resolve(import.meta.dirname, '../../../../shared/xir-tools/golden');
const runtime = await createOrtRuntime();
const floatsOf = (base64: string): Float32Array => {
  const bytes = Buffer.from(base64, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

/** Graphs that no file with QuantizeLinear and DequantizeLinear can say. */
const inexpressible: Readonly<Record<string, string>> = {
  fix_probe: 'three rounding modes and other widths',
  avg_ceil: 'counts what lies beyond the pads, which ONNX never does',
};

if (!existsSync(folder)) {
  process.stdout.write(`recorded graphs of the vendor's cpu-runner not found at ${folder}: the simulation is not held against them\n`);
  it.skip('equals the vendor’s cpu-runner');
} else {
  const names = readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []));
  it('finds the recorded graphs', () => expect(names).toHaveLength(55));
  for (const name of names) {
    it(`equals the vendor’s cpu-runner: ${name}`, async () => {
      const golden = JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')) as Golden;
      const ops = readXmodel(readFileSync(path.join(folder, `${name}_int.xmodel`)));
      if (name in inexpressible) {
        expect(() => xmodelToOnnx(ops)).toThrow(Inexpressible);
        return;
      }
      const { model } = simulate(xmodelToOnnx(ops));
      for (const optimize of ['none', 'all'] as const) {
        const session = await runtime.load(encodeModel(model), { optimize, threads: 1 });
        const feeds = Object.fromEntries(
          ops
            .filter(({ type }) => type === 'data')
            .map(({ name: input, shape }) => {
              const data = Float32Array.from(channelsFirst(floatsOf(golden.inputs[input]!), shape));
              return [input, { type: DataType.float32, dims: shapeHere(shape), data }];
            }),
        );
        const results = await session.run(feeds);
        await session.dispose();
        const fixed = golden.tensors.filter((tensor) => results[tensor.name]);
        expect(fixed.length).toBeGreaterThan(0);
        for (const { name: value, type, shape, f32 } of fixed) {
          // What runs on the CPU in float, with its exponential: no promise to the last bit.
          if (type === 'softmax') {
            (results[value]!.data as Float32Array).forEach((x, i) => expect(x).toBeCloseTo(floatsOf(f32)[i]!, 6));
            continue;
          }
          const ours = channelsLast(results[value]!.data as Float32Array, shape);
          expect(
            ours.map((x) => x + 0),
            `${value}, optimizations ${optimize}`,
          ).toEqual(Array.from(floatsOf(f32), (x) => x + 0));
        }
      }
    });
  }
}
