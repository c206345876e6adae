import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import type { Command, Finished, Processes } from '../../../src/engine/base/command.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { runImport } from '../../../src/engine/pipeline/import/index.ts';
import { pickleGlobals } from '../../../src/engine/pipeline/import/pickle-globals.ts';
import { findPython, isOlder } from '../../../src/engine/pipeline/import/python.ts';
import type { ImportJob } from '../../../src/protocol/job.ts';
import type { ImportDocument } from '../../../src/protocol/results/board.ts';
import { root } from '../../support/lathe.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-import-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ended: Finished = { exitCode: 0, stdout: '', stderr: '', truncated: false, timedOut: false };
const everything = { torch: '2.9.1', onnx: '1.19.0', tensorflow: '2.20.0', tf2onnx: '1.16.1', safetensors: '0.6.2', onnxscript: '0.5.0' };

/** A Python that has `packages`; `convert` does what the script would, given its request. */
function fakePython(
  convert: (request: Record<string, unknown>, command: Command) => Partial<Finished>,
  packages: object = everything,
): Processes {
  return {
    find: (name) => Promise.resolve(name === 'python3' ? '/usr/bin/python3' : undefined),
    run: (command) => {
      if (command.arguments[0] === '-c') return Promise.resolve({ ...ended, stdout: JSON.stringify({ version: '3.11.2', packages }) });
      const request = JSON.parse(readFileSync(command.arguments[1]!, 'utf8')) as Record<string, unknown>;
      return Promise.resolve({ ...ended, ...convert(request, command) });
    },
  };
}

const sampleModel = readFileSync(path.join(root, 'samples/shapes/model.onnx'));

const writesSample = (request: Record<string, unknown>): Partial<Finished> => {
  writeFileSync(request['output'] as string, sampleModel);
  writeFileSync(request['result'] as string, JSON.stringify({ warnings: ['a remark'], proof: null }));
  return {};
};

function importing(job: Partial<ImportJob> & { file: string }, processes: Processes = fakePython(writesSample)): Promise<ImportDocument> {
  const deps = { context: plainContext(), onProgress() {}, onRunFolder() {}, processes };
  return runImport({ kind: 'import', output: path.join(folder, 'out.onnx'), ...job }, deps);
}

function fileOf(name: string, bytes: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

/** A pickle (protocol 2) that names these globals and nothing else. */
const pickle = (...globals: string[]): Uint8Array =>
  Buffer.concat([
    Buffer.from([0x80, 2]),
    ...globals.map((name) => Buffer.from(`c${name.replace(/\.([^.]+)$/, '\n$1')}\n`)),
    Buffer.from('.'),
  ]);

const torchFile = (globals: string[], more: Record<string, Uint8Array> = {}): Uint8Array =>
  zipSync({ 'archive/data.pkl': pickle(...globals), 'archive/version': strToU8('3'), ...more });

const harmless = ['collections.OrderedDict', 'torch._utils._rebuild_tensor_v2', 'torch.FloatStorage', 'torch.nn.parameter.Parameter'];
const named = { architecture: { call: 'torchvision.models:resnet18' }, shapes: [[1, 3, 8, 8]] };

describe('what a file is', () => {
  it.each([
    ['weights.pth', torchFile(harmless), named, 'PyTorch state dict'],
    ['old.pth', Buffer.concat([pickle(), pickle(), pickle(), pickle(...harmless), pickle()]), named, 'PyTorch state dict'],
    ['w.safetensors', strToU8('        {}'), named, 'weights in safetensors'],
    ['program.pt2', zipSync({ 'serialized_exported_program.json': strToU8('{}') }), {}, 'PyTorch exported program'],
    ['program2.pt2', zipSync({ 'p/models/model.json': strToU8('{}') }), {}, 'PyTorch exported program'],
    ['net.keras', zipSync({ 'config.json': strToU8('{"class_name": "Functional"}'), 'metadata.json': strToU8('{}') }), {}, 'Keras network'],
    ['net.h5', strToU8('\x89HDF\r\n… {"class_name": "Conv2D"}', true), {}, 'Keras network (HDF5)'],
    ['net.tflite', strToU8('\x1c\0\0\0TFL3…'), {}, 'TensorFlow Lite model'],
  ])('%s', async (name, bytes, job, source) => {
    const document = await importing({ file: fileOf(name, bytes), ...job });
    expect(document).toMatchObject({ source, warnings: ['a remark'] });
    // Written by our codec: the same network, whatever the script's file looked like.
    expect(document.output.bytes).toBe(readFileSync(path.join(folder, 'out.onnx')).length);
  });

  it('a SavedModel folder', async () => {
    const file = path.join(folder, 'saved');
    mkdirSync(file);
    writeFileSync(path.join(file, 'saved_model.pb'), '');
    expect(await importing({ file })).toMatchObject({ source: 'TensorFlow SavedModel' });
  });

  it.each([
    ['net.onnx', strToU8('…'), 'import.kind', 'ONNX model already'],
    ['net.txt', strToU8('…'), 'import.kind', 'none of the files'],
    ['cut.pth', torchFile(harmless).subarray(0, 90), 'import.archive', 'broken'],
    ['weights2.pth', torchFile(harmless), 'import.architecture', 'not the network they belong to'],
    ['script.pt', torchFile([], { 'archive/constants.pkl': pickle() }), 'import.shape', 'how large its input is'],
  ])('%s is refused', async (name, bytes, code, words) => {
    await expect(importing({ file: fileOf(name, bytes) })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words) as string,
    });
  });
});

describe('code in files runs only with consent', () => {
  const evil = torchFile([...harmless, 'os.system']);
  it.each([
    ['pickle.pt', evil, named, 'it would import "os.system"'],
    ['net.pt', torchFile(['my.package.Net']), named, '"my.package.Net"'],
    ['script2.pt', torchFile([], { 'archive/code/x.py': strToU8('') }), { shapes: [[1, 3, 8, 8]] }, 'TorchScript program is code'],
    ['lambda.h5', strToU8('\x89HDF {"class_name": "Lambda"}', true), {}, 'Lambda layer'],
    ['lambda.keras', zipSync({ 'config.json': strToU8('{"class_name":"Lambda"}'), 'metadata.json': strToU8('{}') }), {}, 'Lambda layer'],
    ['own.pth', torchFile(harmless), { architecture: { call: 'mine:net' }, shapes: [[1, 3, 8, 8]] }, 'mine:net is code of yours'],
    ['cut.pkl.pt', Buffer.concat([Buffer.from([0x80, 2]), Buffer.from('ccollections\nOrderedDict\n')]), named, 'cannot be followed'],
  ])('%s', async (name, bytes, job, words) => {
    const request = { file: fileOf(name, bytes), ...job };
    await expect(
      importing(
        request,
        fakePython(() => expect.unreachable()),
      ),
    ).rejects.toMatchObject({
      code: 'import.runs-code',
      message: expect.stringContaining(words) as string,
    });
    await expect(importing({ ...request, trusted: true })).resolves.toBeDefined();
  });

  it('weights of torch.load(weights_only) names need none', () => {
    expect(pickleGlobals(pickle(...harmless))).toMatchObject({ names: harmless, complete: true });
  });
});

describe('the user’s Python', () => {
  const file = fileOf('weights3.pth', torchFile(harmless));
  it.each([
    ['no Python', { ...fakePython(writesSample), find: () => Promise.resolve(undefined) }, 'import.no-python', 'no Python'],
    ['nothing installed', fakePython(writesSample, {}), 'import.packages', 'torch is not installed, and onnx is not installed'],
    [
      'too old',
      fakePython(writesSample, { ...everything, torch: '1.13.1+cu117' }),
      'import.packages',
      'torch 1.13.1+cu117 is older than 2.1',
    ],
    [
      'another program',
      { ...fakePython(writesSample), run: () => Promise.resolve({ ...ended, exitCode: 1, stderr: 'what?' }) },
      'import.python',
      'what?',
    ],
    ['it dies', fakePython(() => ({ exitCode: null, signal: 'SIGKILL', stderr: 'Killed' })), 'import.failed', 'SIGKILL: Killed'],
    ['it takes too long', fakePython(() => ({ exitCode: null, signal: 'SIGTERM', timedOut: true })), 'import.failed', 'half an hour'],
  ])('%s', async (_, processes, code, words) => {
    await expect(importing({ file, ...named }, processes)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words) as string,
    });
  });

  it('what the script says is wrong is said, and nothing is written', async () => {
    const output = path.join(folder, 'never.onnx');
    const processes = fakePython(({ result }) => {
      writeFileSync(result as string, JSON.stringify({ error: { code: 'import.weights', message: 'the weights do not fit' } }));
      return { exitCode: 1 };
    });
    await expect(importing({ file, output, ...named }, processes)).rejects.toMatchObject({ code: 'import.weights', place: { file } });
    expect(() => readFileSync(output)).toThrow();
  });

  it('outputs that differ from the framework’s are an error', async () => {
    const output = path.join(folder, 'differs.onnx');
    const processes = fakePython((request) => {
      const values = (name: string, count: number, value: number): void =>
        writeFileSync(path.join(request['folder'] as string, name), new Float32Array(count).fill(value));
      writesSample(request);
      values('input0.bin', 3 * 32 * 32, 0.5);
      values('output0.bin', 10, 1e6);
      writeFileSync(request['result'] as string, JSON.stringify({ warnings: [], proof: { inputs: [[1, 3, 32, 32]], outputs: [[1, 10]] } }));
      return {};
    });
    await expect(importing({ file, output, ...named }, processes)).rejects.toMatchObject({ code: 'import.differs' });
    expect(() => readFileSync(output)).toThrow();
  });

  it('looks in the active environment first, and never in a folder that came with the file', async () => {
    const asked: string[] = [];
    const processes = { ...fakePython(writesSample), find: (name: string) => (asked.push(name), Promise.resolve(undefined)) };
    await findPython(processes, { VIRTUAL_ENV: '/venv', CONDA_PREFIX: '' });
    expect(asked.map((name) => name.replace('Scripts', 'bin'))).toEqual(['/venv/bin/python', 'python3', 'python']);
  });

  it.each([
    ['2.10.1+cpu', '2.9', false],
    ['2.1', '2.1.0', false],
    ['1.13.1', '2.1', true],
    ['2.0.9', '2.1', true],
    ['nightly', '2.1', true],
  ])('%s is older than %s: %s', (version, least, older) => expect(isOlder(version, least)).toBe(older));
});

describe('pickles', () => {
  it('never throw, and end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(pickleGlobals(bytes).length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  it('a name put together on the stack is found too', () => {
    // PROTO 4, SHORT_BINUNICODE "os", MEMOIZE, SHORT_BINUNICODE "system", MEMOIZE, STACK_GLOBAL, STOP.
    const bytes = Buffer.concat([Buffer.from([0x80, 4, 0x8c, 2]), Buffer.from('os'), Buffer.from([0x94, 0x8c, 6]), Buffer.from('system')]);
    expect(pickleGlobals(Buffer.concat([bytes, Buffer.from([0x94, 0x93, 0x2e])]))).toMatchObject({ names: ['os.system'], complete: true });
  });
});
