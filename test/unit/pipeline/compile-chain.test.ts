import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { composeChain } from '../../../src/engine/chain/compose.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { Command, CommandOptions, Finished, Processes } from '../../../src/engine/base/command.ts';
import { writeModel, readModel } from '../../../src/engine/onnx/file.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { runCompile } from '../../../src/engine/pipeline/compile/index.ts';
import type { CompileJob } from '../../../src/protocol/job.ts';
import { buildModel } from '../../support/model-builder.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-compile-chain-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Twice what comes in, by a convolution of one element. */
const doubling = (): Model =>
  buildModel({
    opset: 18,
    inputs: [{ name: 'x', shape: [1, 1, 4, 4] }],
    outputs: [{ name: 'y', shape: [1, 1, 4, 4] }],
    initializers: { w: Tensor.float32([1, 1, 1, 1], [2]) },
    nodes: [['Conv', ['x', 'w'], ['y'], {}, { name: 'conv' }]],
  });

/** Acts as Hailo's three tools do: makes the file that it is asked for; of the calibration set it keeps a copy. */
const processes: Processes = {
  find: (program) => Promise.resolve(program === 'hailo' ? '/opt/hailo' : undefined),
  run({ arguments: given, folder: place }: Command, _options: CommandOptions): Promise<Finished> {
    const [tool, ...rest] = given;
    const after = (option: string): string | undefined => rest[rest.indexOf(option) + 1];
    const name =
      tool === 'parser'
        ? after('--har-path')
        : tool === 'optimize'
          ? after('--output-har-path')
          : rest[0]?.replace('_optimized.har', '.hef');
    if (name !== undefined && !name.startsWith('-')) fs.writeFileSync(path.join(place!, name), 'made');
    if (tool === 'optimize') fs.copyFileSync(path.join(place!, after('--calib-set-path')!), path.join(place!, '..', 'calibrated.npy'));
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', truncated: false, timedOut: false });
  },
};
const deps = { context: plainContext({ signal: new AbortController().signal }), onProgress() {}, onRunFolder() {}, processes };

async function jobFor(target: string, more: Partial<CompileJob> = {}): Promise<CompileJob> {
  const { model } = composeChain([
    { alias: 'first', model: doubling(), seams: {}, color: 'gray' },
    { alias: 'second', model: doubling(), seams: { x: { from: { alias: 'first', value: 'y' }, scale: 3 } } },
  ]);
  const place = fs.mkdtempSync(path.join(folder, 'job-'));
  const file = path.join(place, 'chain.onnx');
  await writeModel(model, file);
  return { kind: 'compile', model: file, target, settings: {}, folder: path.join(place, 'out'), ...more };
}

/** The numbers of a .npy file of float32. */
const numbers = (file: string): number[] => {
  const bytes = fs.readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  return [...new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length))];
};

describe('compiling a chain', () => {
  it('makes a file of each model, calibrated on what comes to it', async () => {
    const pictures = path.join(folder, 'pictures.npy');
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1, 4, 4), }".padEnd(117) + '\n';
    const values = Float32Array.from({ length: 32 }, (_, i) => i);
    fs.writeFileSync(
      pictures,
      Buffer.concat([Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]), Buffer.from(header), Buffer.from(values.buffer)]),
    );
    const job = await jobFor('hailo8', { calibration: { source: { path: pictures }, folder } });
    const { parts, output, notes } = await runCompile(job, deps);
    expect(parts!.map(({ alias, output: file }) => [alias, path.relative(job.folder!, file.path)])).toEqual([
      ['first', path.join('first', 'first.hef')],
      ['second', path.join('second', 'second.hef')],
    ]);
    expect(output).toEqual({ path: job.folder, bytes: 8 });
    expect(notes.join()).toMatch(/In front of second .* Mul/);
    expect(numbers(path.join(job.folder!, 'first/calibrated.npy'))).toEqual([...values]);
    expect(numbers(path.join(job.folder!, 'second/calibrated.npy'))).toEqual([...values].map((value) => 6 * value));
    const part = await readModel(path.join(job.folder!, 'second.onnx'));
    expect(part.graph.nodes.map(({ name }) => name)).toEqual(['conv']);
  });

  it('only says what would be done, and writes nothing', async () => {
    const job = await jobFor('hailo8', { dryRun: true });
    const { plan, parts } = await runCompile(job, deps);
    expect(parts).toHaveLength(2);
    expect(plan.map(({ title }) => title.split(':')[0])).toEqual([...Array<string>(4).fill('first'), ...Array<string>(4).fill('second')]);
    expect(fs.existsSync(job.folder!)).toBe(false);
  });

  it.each([
    ['zcu104', {}, undefined],
    ['zcu104', { chain: 'each' }, 2],
    ['hailo8', { chain: 'whole' }, undefined],
    ['esp32s3', {}, 2],
  ] as const)('for %s with %o has %s parts', async (target, settings, count) => {
    const { parts } = await runCompile(await jobFor(target, { dryRun: true, settings }), deps);
    expect(parts?.length).toBe(count);
  });
});
