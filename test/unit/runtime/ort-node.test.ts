import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { LatheError } from '../../../src/engine/base/errors.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType, type DataTypeName } from '../../../src/engine/onnx/data-type.ts';
import { attributes, Node } from '../../../src/engine/onnx/graph.ts';
import type { NumericArray } from '../../../src/engine/onnx/tensor.ts';
import { shortReason } from '../../../src/engine/runtime/ort-error.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { probeRuntime } from '../../../src/engine/runtime/probe.ts';
import { profileModel } from '../../../src/engine/runtime/profile.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';

const options = { optimize: 'none', threads: 1 } as const;
const root = path.resolve(import.meta.dirname, '../../..');

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const oneNode = (node: BuildNode, type: DataTypeName, shape: number[], opset = 21): Uint8Array =>
  encodeModel(buildModel({ opset, irVersion: 10, inputs: [{ name: 'x', type, shape }], outputs: [...node[2]], nodes: [node] }));

async function failure(work: Promise<unknown>): Promise<LatheError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LatheError);
  return error as LatheError;
}

describe('ONNX Runtime behind its interface', () => {
  const arrays: [DataTypeName, NumericArray | string[]][] = [
    ['float32', Float32Array.of(1.5, -2)],
    ['float64', Float64Array.of(1.5, -2)],
    ['float16', Uint16Array.of(0x3c00, 0xc000)],
    ['int8', Int8Array.of(-128, 127)],
    ['uint8', Uint8Array.of(0, 255)],
    ['int16', Int16Array.of(-32768, 32767)],
    ['uint16', Uint16Array.of(0, 65535)],
    ['int32', Int32Array.of(-1, 2 ** 31 - 1)],
    ['uint32', Uint32Array.of(0, 2 ** 32 - 1)],
    ['int64', BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
    ['uint64', BigUint64Array.of(0n, 2n ** 64n - 1n)],
    ['bool', Uint8Array.of(0, 1)],
    ['string', ['a', 'ü']],
  ];
  for (const [name, data] of arrays) {
    it(`passes ${name} through unchanged`, async () => {
      const session = await runtime.load(oneNode(['Identity', ['x'], ['y']], name, [2]), options);
      const tensor = { type: DataType[name], dims: [2], data };
      expect((await session.run({ x: tensor }))['y']).toEqual(tensor);
      expect(session.inputs).toEqual([{ name: 'x', type: DataType[name], shape: [2] }]);
      await session.dispose();
      await session.dispose();
    });
  }

  it('says so where a type cannot be passed', async () => {
    const session = await runtime.load(oneNode(['Cast', ['x'], ['y'], { to: DataType.int8 }], 'int4', [3]), options);
    const packed = { type: DataType.int4, dims: [3], data: Uint8Array.of(0x71, 0x0f) };
    expect((await failure(session.run({ x: packed }))).message).toMatch(/cannot pass a value that is int4/);
    const inside = oneNode(['Cast', ['x'], ['y'], { to: DataType.int4 }], 'int8', [3]);
    const dequantized = decodeModel(inside);
    dequantized.graph.outputs = [{ name: 'z' }];
    dequantized.graph.add(new Node('', 'Cast', ['y'], ['z'], attributes({ to: DataType.int8 })));
    const back = await runtime.load(encodeModel(dequantized), options);
    const { z } = await back.run({ x: { type: DataType.int8, dims: [3], data: Int8Array.of(1, 7, -8) } });
    expect(z!.data).toEqual(Int8Array.of(1, 7, -8));
    const bfloat = oneNode(['Identity', ['x'], ['y']], 'bfloat16', [1]);
    expect((await failure(runtime.load(bfloat, options))).message).toMatch(/bfloat16/);
  });

  it('computes only what is asked for', async () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [1] }],
      outputs: ['a', 'b'],
      nodes: [
        ['Relu', ['x'], ['a']],
        ['Neg', ['x'], ['b']],
      ],
    });
    const session = await runtime.load(encodeModel(model), options);
    expect(Object.keys(await session.run({ x: { type: DataType.float32, dims: [1], data: Float32Array.of(1) } }, ['b']))).toEqual(['b']);
  });

  it('says in one sentence why a model does not load or run, and names the node', async () => {
    const unknown = await failure(runtime.load(oneNode(['NoSuchOperator', ['x'], ['y']], 'float32', [1]), options));
    expect(unknown.code).toBe('runtime.load');
    expect(unknown.message).toMatch(/the model is invalid: No Op registered for NoSuchOperator/);
    expect(unknown.place.node).toBe('NoSuchOperator_0');
    expect(unknown.place.hint).toMatch(/standard ONNX operators/);
    expect((await failure(runtime.load({ path: '/nowhere/model.onnx' }, options))).message).toMatch(/doesn't exist/);
    const session = await runtime.load(oneNode(['Reshape', ['x', 'x'], ['y']], 'int64', [1]), options);
    const failed = await failure(session.run({ x: { type: DataType.int64, dims: [1], data: BigInt64Array.of(3n) } }));
    expect(failed).toMatchObject({ code: 'runtime.run', exitCode: 1, place: { node: 'Reshape_0' } });
    expect(failed.message).not.toMatch(/onnxruntime_src|\.cc:|Non-zero/);
  });

  it('leaves C++ out of the reason', () => {
    const message =
      'Load model from m.onnx failed:/onnxruntime_src/onnxruntime/core/graph/model.cc:202 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&, const onnxruntime::ModelOptions&) Unsupported model IR version: 99, max supported IR version: 13\n ';
    expect(shortReason(message)).toBe('Unsupported model IR version: 99, max supported IR version: 13');
  });
});

describe('probeRuntime', () => {
  it('runs a model and knows the CPU', async () => {
    expect(await probeRuntime()).toMatchObject({ name: 'onnxruntime-node', devices: expect.arrayContaining(['cpu']) as string[] });
  });
});

describe('profileModel', () => {
  it('times every node', async () => {
    const model = oneNode(['Softmax', ['x'], ['y']], 'float32', [64]);
    const feeds = { x: { type: DataType.float32, dims: [64], data: new Float32Array(64) } };
    const timings = await profileModel({ runtime, model, feeds, ...options, runs: 5, warmUp: 2 });
    expect(timings).toEqual([expect.objectContaining({ name: 'Softmax_0', op: 'Softmax', inputTypes: ['float'] })]);
    expect(timings[0]!.medianMs).toBeGreaterThanOrEqual(0);
  });
});

describe('bundled by esbuild with onnxruntime-node left outside', () => {
  for (const format of ['esm', 'cjs'] as const) {
    it(`works as ${format}`, async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'lathe-bundle-'));
      const outfile = path.join(folder, format === 'esm' ? 'out.mjs' : 'out.cjs');
      const contents = `import { createOrtRuntime } from ${JSON.stringify(path.join(root, 'src/engine/runtime/ort-node.ts'))};
        createOrtRuntime().then((runtime) => process.stdout.write(runtime.name));`;
      await build({
        stdin: { contents, resolveDir: root },
        bundle: true,
        platform: 'node',
        format,
        outfile,
        external: ['onnxruntime-node'],
      });
      symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'), 'junction');
      expect(readdirSync(folder).length).toBe(2);
      expect(execFileSync(process.execPath, [outfile], { encoding: 'utf8' })).toBe('onnxruntime-node');
      rmSync(folder, { recursive: true });
    });
  }
});
