import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { LatheError } from '../../../src/engine/base/errors.ts';
import { npyBytes } from '../../../src/engine/base/npy.ts';
import { readTensorFile } from '../../../src/engine/data/npy/array.ts';
import type { DeployEntry } from '../../../src/engine/targets/deploy-settings.ts';
import type { BoardFigures, RunRequest } from '../../../src/engine/targets/run-plan.ts';
import { dpuRunner } from '../../../src/engine/targets/zcu104/run.ts';
import { systemProcesses } from '../../../src/engine/transport/processes.ts';
import { XirBuilder } from '../../../src/engine/xir/builder.ts';
import { evaluateXir } from '../../../src/engine/xir/evaluate/index.ts';
import type { XirGraph } from '../../../src/engine/xir/graph.ts';
import { compileForTests, xirBytes } from '../../support/compiled-xmodel.ts';
import { makeDpuBoard, zcu104Query, type DpuBoardSetup } from '../../support/dpu-board.ts';

const python = ((): string | undefined => {
  try {
    return execFileSync('python3', ['--version'], { encoding: 'utf8' });
  } catch {
    return undefined;
  }
})();
if (python === undefined) process.stderr.write('dpu-runner.test.ts: there is no python3 here, so the runner of boards is not run\n');

const folders: string[] = [];
async function scratch(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lathe-dpu-'));
  folders.push(folder);
  return folder;
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

const [height, width, channels] = [5, 4, 3];

/** x [1, 5, 4, 3] at position 5 → Relu at 4, a map; and x with itself at 3 as a list. */
function quantized(): XirGraph {
  const builder = new XirBuilder('small');
  const shape = [1, height, width, channels];
  const x = builder.fix(builder.data('x', shape), 5, 8);
  const map = builder.fix(builder.op('relu', 'map', { input: [x] }, shape), 4, 8);
  const doubled = builder.fix(builder.op('add', 'doubled', { input: [x, x] }, shape), 3, 8);
  const flat = builder.fix(builder.op('reshape', 'flat', { input: [doubled] }, [1, height * width * channels], { shape: [1, -1] }), 3, 8);
  return builder.graph([map, flat]);
}

/** Values with exact halves of a step, beyond the range, and everything between; in the layout N, C, H, W. */
const picture = (seed: number): Float32Array =>
  Float32Array.from({ length: height * width * channels }, (_, i) => {
    const step = (i * 7 + seed * 13) % 60;
    return i % 5 === 0 ? (step - 30.5) / 32 : i % 11 === 0 ? (i % 2 ? 9 : -9) : Math.fround(Math.sin(step + seed) * 3.5);
  });

/** Element (c, h, w) of a picture stands at (h, w, c) on the board. */
const toBoard = (values: Float32Array): Float32Array =>
  Float32Array.from({ length: values.length }, (_, i) => values[(i % channels) * height * width + Math.floor(i / channels)]!);

function simulated(graph: XirGraph, values: Float32Array) {
  const results = evaluateXir(graph, new Map([['x', toBoard(values)]]));
  return {
    codes: (name: string) => Int8Array.from(results.get(name)!.integers!),
    floats: (name: string) => results.get(name)!.data as Float32Array,
  };
}

const bytesOf = (codes: Int8Array | Float32Array): Uint8Array => new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength);

interface Trial {
  readonly setup?: Partial<DpuBoardSetup>;
  readonly onCpu?: readonly string[];
  readonly entry?: DeployEntry;
  readonly fingerprint?: bigint;
  readonly wholeGraph?: boolean;
  /** The sensors are of single rails. */
  readonly rails?: boolean;
}

const pictures = [1, 2, 3].map(picture);

async function prepared({
  setup = {},
  onCpu = [],
  entry = {},
  fingerprint = 0x101000056010407n,
  wholeGraph = false,
  rails = false,
}: Trial) {
  const folder = await scratch();
  const graph = quantized();
  const compiled = compileForTests(graph, { fingerprint, onCpu });
  const answers = pictures.map((values) => {
    const { codes, floats } = simulated(graph, values);
    const names = ['map_fix', 'flat_fix'];
    return { input: bytesOf(codes('x_fix')), outputs: names.map((name) => bytesOf(wholeGraph ? floats(name) : codes(name))) };
  });
  const board = await makeDpuBoard(path.join(folder, 'board'), { compiled, answers, ...setup });
  const runner = dpuRunner({
    target: 'zcu104',
    cores: 2,
    power: { names: ['ina226'], add: rails, of: 'the whole board' },
    sensors: board.sensors,
  });
  const model = path.join(folder, 'small.xmodel');
  await writeFile(model, xirBytes(compiled));
  const inputs = await Promise.all(
    pictures.map(async (values, at) => {
      const file = path.join(folder, `${at}.npy`);
      await writeFile(file, npyBytes([1, channels, height, width], values));
      return file;
    }),
  );
  const request: RunRequest = {
    model,
    inputs,
    entry: { runs: 20, 'warm-up': 2, seconds: 0.2, ...entry },
    outputs: [
      { name: 'list', shape: [1, height * width * channels] },
      { name: '/net/map', shape: [1, channels, height, width] },
    ],
  };
  return { folder, board, runner, request, graph };
}

/** Lays the plan's files out and starts its steps, as a transport does. */
async function started(
  { folder, board, runner, request }: Awaited<ReturnType<typeof prepared>>,
  signal = new AbortController().signal,
  onLine?: (line: string) => void,
) {
  const job = path.join(folder, 'job');
  const plan = runner.plan(request);
  for (const file of plan.files) {
    await mkdir(path.dirname(path.join(job, file.name)), { recursive: true });
    await writeFile(path.join(job, file.name), 'text' in file ? file.text : await readFile(file.local));
  }
  const logs: Record<string, string> = {};
  for (const {
    command: [program, ...args],
    log = 'log',
    limitMs,
  } of plan.steps) {
    const done = await systemProcesses().run(
      { program, arguments: args, folder: job, environment: board.environment },
      { signal, limitMs, ...(onLine ? { onLine } : {}) },
    );
    logs[log] = done.stdout + done.stderr;
  }
  return { job, logs };
}

async function ran(trial: Trial): Promise<BoardFigures & { graph: XirGraph; job: string }> {
  const all = await prepared(trial);
  const { job, logs } = await started(all);
  return { ...(await all.runner.read(job, logs, all.request)), graph: all.graph, job };
}

describe.skipIf(python === undefined)('a model on the DPU', () => {
  it('gives the outputs of the simulation, bit for bit, in the layout and with the names of ONNX', async () => {
    const { outputs, graph, latencyMs, fps, notes } = await ran({ entry: { threads: [1, 3] } });
    expect(Object.keys(outputs!).sort()).toEqual(['/net/map', 'list']);
    for (const [at, values] of pictures.entries()) {
      const { floats } = simulated(graph, values);
      const map = await readTensorFile(outputs!['/net/map']![at]!);
      expect(map.dims).toEqual([1, channels, height, width]);
      expect(toBoard(map.data as Float32Array)).toEqual(floats('map_fix'));
      const flat = await readTensorFile(outputs!['list']![at]!);
      expect(flat.dims).toEqual([1, height * width * channels]);
      expect(flat.data).toEqual(floats('flat_fix'));
    }
    expect(latencyMs!.runs).toBe(20);
    expect(latencyMs!.p90).toBeGreaterThanOrEqual(latencyMs!.median);
    expect(fps!.map(({ threads }) => threads)).toEqual([1, 3]);
    expect(fps!.every((one) => one.fps > 0)).toBe(true);
    expect(notes.join('\n')).toMatch(/xdputil benchmark tells 628\.5 FPS with [13] thread/);
  });

  it('measures with one thread and with as many as there are cores of the DPU', async () => {
    const { fps } = await ran({});
    expect(fps!.map(({ threads }) => threads)).toEqual([1, 2]);
  });

  it.each([
    ['power', { power1_input: '17300000' }],
    ['voltage times current', { in1_input: '12000', curr1_input: '1441.6666666' }],
  ])('takes the power from %s', async (_, files) => {
    const { power } = await ran({ setup: { sensors: [{ name: 'ina226', ...files }] }, entry: { power: true } });
    expect(power!.watts).toBeCloseTo(17.3, 5);
    expect(power!.idleWatts).toBeCloseTo(17.3, 5);
    expect(power!.joulesPerPicture ?? 0).toBeCloseTo(0, 5);
    expect(power!.source).toMatch(/^the whole board, ina226 at .*hwmon0, \d+ samples with \d threads?, \d+ idle$/);
  });

  it.each([
    [true, 3.75],
    [false, 1.25],
  ])('adds the rails of a board that has one sensor for each (%s)', async (rails, watts) => {
    const sensors = [
      { name: 'ina226_u76', power1_input: '1250000' },
      { name: 'tmp', power1_input: '9000000' },
      { name: 'ina226_u77', power1_input: '2500000' },
      { name: 'ina226_u78', power1_input: 'none' },
    ];
    const { power } = await ran({ setup: { sensors }, entry: { power: true }, rails });
    expect(power!.watts).toBeCloseTo(watts, 6);
    expect(power!.source.match(/ina226_u7\d/g)).toEqual(rails ? ['ina226_u76', 'ina226_u77'] : ['ina226_u76']);
  });

  it('says that there is no sensor', async () => {
    const { power, notes } = await ran({ setup: { sensors: [{ name: 'cpu_thermal' }] }, entry: { power: true } });
    expect(power).toBeUndefined();
    expect(notes.join()).toMatch(/The power was not measured: no sensor in .*hwmon is named ina226/);
  });

  it('runs several sub-graphs by the graph runner', async () => {
    const { outputs, graph, notes } = await ran({ onCpu: ['map'], wholeGraph: true });
    const map = await readTensorFile(outputs!['/net/map']![0]!);
    expect(toBoard(map.data as Float32Array)).toEqual(simulated(graph, pictures[0]!).floats('map_fix'));
    expect(notes.join()).toMatch(/Time and throughput are of all 2 sub-graphs, 1 on the DPU and 1 on the CPU/);
  });

  it('tells the time of the DPU alone where the rest cannot be run', async () => {
    const { outputs, latencyMs, notes } = await ran({ onCpu: ['map'], setup: { modules: ['xir', 'vart'] } });
    expect(outputs).toBeUndefined();
    expect(latencyMs!.runs).toBe(20);
    expect(notes.join()).toMatch(/1 sub-graphs on the CPU, and Python’s module vitis_ai_library.*those of the DPU alone/);
  });

  it.each<[string, Trial, string, RegExp]>([
    [
      'another fingerprint',
      { fingerprint: 0x101000016010407n },
      'board.fingerprint',
      /0x101000016010407\).*0x101000056010407\): without ArgMax on save/,
    ],
    ['no VART', { setup: { modules: ['xir'] } }, 'board.runtime', /no module vart/],
    [
      'two sub-graphs on the DPU, no graph runner',
      { onCpu: ['doubled'], setup: { modules: ['xir', 'vart'] } },
      'board.graph-runner',
      /2 sub-graphs/,
    ],
    ['a DPU that does not answer', { setup: { mode: 'timeout' } }, 'board.timeout', /did not answer/],
    ['a busy DPU', { setup: { mode: 'busy' } }, 'board.busy', /could not be opened/],
  ])('%s is told with what to do', async (_, trial, code, message) => {
    const outcome = await ran(trial).catch((error: unknown) => error);
    expect(outcome).toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
      place: { hint: expect.any(String) as string },
    });
  });

  it('a board that cannot be asked is left to VART’s own check', async () => {
    const { notes } = await ran({ setup: { query: 'xdputil: command not found' }, fingerprint: 1n });
    expect(notes.join()).toMatch(/the fingerprint was checked by VART only/);
  });

  it('an input that does not fit is told', async () => {
    const all = await prepared({});
    await writeFile(all.request.inputs[1]!, npyBytes([1, 1, height, width], new Float32Array(height * width)));
    const { job, logs } = await started(all);
    await expect(all.runner.read(job, logs, all.request)).rejects.toMatchObject({
      code: 'board.input',
      message: expect.stringContaining('000001.npy') as string,
    });
  });

  it('ends with all it started and leaves no results when it is cancelled', async () => {
    const all = await prepared({ setup: { mode: 'slow' }, entry: { seconds: 60 } });
    const abort = new AbortController();
    const lines: string[] = [];
    const running = started(all, abort.signal, (line) => {
      lines.push(line);
      if (/^progress \d+ throughput/.test(line)) abort.abort();
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    const shares = lines.flatMap((line) => /^progress (\d+) /.exec(line)?.[1] ?? []).map(Number);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(readdirSync(path.join(all.folder, 'job')).sort()).toEqual(['dpu.py', 'inputs', 'model.xmodel', 'request.json', 'watch.py']);
    expect(existsSync(path.join(all.folder, 'job/outputs'))).toBe(false);
  });
});

describe('what comes back from a board', () => {
  const noted = { model: '/m.xmodel', inputs: ['/0.npy'], entry: { power: true } };
  const { read } = dpuRunner({ target: 'zcu104', cores: 2, power: { names: ['ina226'], add: false, of: 'all' }, sensors: '/s' });
  const reading = async (text: string): Promise<unknown> => {
    const folder = await scratch();
    await writeFile(path.join(folder, 'result.json'), text);
    return read(folder, {}, noted).catch((error: unknown) => error);
  };

  it.each([
    ['nothing', ''],
    ['half of it', '{"times": [1, 2'],
    ['outputs of a strange size', '{"outputs": [{"name": "y", "shape": [1, 4], "bytes": 3, "position": 2}]}'],
    ['outputs that are endless', '{"outputs": [{"name": "y", "shape": [99999, 99999, 99999], "bytes": 4}]}'],
    ['outputs that are not there', '{"outputs": [{"name": "y", "shape": [1, 4], "bytes": 4, "position": 2, "file": "../../etc/passwd"}]}'],
  ])('%s is told', async (_, text) => expect(await reading(text)).toMatchObject({ code: 'board.result' }));

  it('is never trusted', async () => {
    const key = fc.constantFrom(
      'times',
      'fps',
      'power',
      'outputs',
      'error',
      'subgraphs',
      'others',
      'benchmark',
      'query',
      'partial',
      'noSensor',
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, fc.jsonValue()), async (result) => {
        const outcome = await reading(JSON.stringify(result));
        if (outcome instanceof Error) expect((outcome as LatheError).code).toMatch(/^board\./);
      }),
      { numRuns: 200 },
    );
  });

  it('median and 90th percentile are those of the sorted times, energy that of the fastest', async () => {
    const result = {
      times: [5, 1, 2, 3, 4],
      fps: [
        { threads: 1, fps: 100, watts: 15, samples: 50 },
        { threads: 2, fps: 200, watts: 16, samples: 51 },
        { threads: 4, fps: 190, watts: 17, samples: 52 },
      ],
      power: { source: 'ina226', idleWatts: 14, idleSamples: 40 },
      partial: true,
      subgraphs: { dpu: 1, cpu: 1 },
      query: {},
    };
    expect(await reading(JSON.stringify(result))).toMatchObject({
      latencyMs: { median: 3, p90: 4.6, runs: 5 },
      fps: [
        { threads: 1, fps: 100 },
        { threads: 2, fps: 200 },
        { threads: 4, fps: 190 },
      ],
      power: { watts: 16, idleWatts: 14, threads: 2, joulesPerPicture: 0.01, source: 'all, ina226, 51 samples with 2 threads, 40 idle' },
    });
  });

  it.each([
    [
      'CHECK fingerprint fail! model_fingerprint 0x101000016010407 is un-matched with actual dpu_fingerprint 0x101000056010407. Please re-compile',
      'board.fingerprint',
      /without ArgMax on save/,
    ],
    [
      'CHECK fingerprint fail ! model_fingerprint 0x1000020f6014407 dpu_fingerprint 0x101000016010407',
      'board.fingerprint',
      /0x1000020f6014407/,
    ],
    ['F0802 11:03:58.494525  1450 dpu_control_xrt_edge.cpp:191] dpu timeout! core_idx = 0', 'board.timeout', /did not answer/],
    ['[XRT] ERROR: failed to load xclbin: Device or resource busy', 'board.busy', /could not be opened/],
    ['terminate called after throwing an instance of std::bad_alloc', 'board.memory', /too little memory/],
    [
      'progress 5 outputs\nTraceback (most recent call last):\nRuntimeError: something \u001b[31mnew',
      'board.ended',
      /signal 6: RuntimeError: something \\u001b\[31mnew/,
    ],
    ['', 'board.ended', /was ended by signal 6$/],
  ] as const)('the log %j of a process that has ended is explained', async (log, code, message) => {
    const outcome = await reading(JSON.stringify({ error: { code: 'ended', status: -6, log } }));
    expect(outcome).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });
});

describe('what a board says of itself', () => {
  const { state, questions } = dpuRunner({
    target: 'zcu104',
    cores: 2,
    power: { names: ['ina226'], add: false, of: '' },
    sensors: '/sys/class/hwmon',
  });
  const answer = (stdout: string, stderr = '') => ({ exitCode: stdout ? 0 : 127, stdout, stderr });

  it('asks for the DPU, Python and the system', () =>
    expect(questions.map(({ name }) => name)).toEqual(['query', 'python', 'system', 'release']));

  it('is read from xdputil and Python', () => {
    const found = state({
      query: answer(`WARNING: Logging before InitGoogleLogging() is written to STDERR\n${zcu104Query('0x0101000056010407')}\nbye`),
      python: answer(JSON.stringify({ version: '3.9.9', modules: ['xir', 'vart', 'numpy'], sensors: ['cpu', 'ina226_u183'] })),
      system: answer('Linux 5.15.36-xilinx-v2022.2 aarch64\n'),
      release: answer('ID=petalinux\nPRETTY_NAME="PetaLinux 2022.2_release_S10071807 (honister)"\n'),
    });
    expect(found).toEqual({
      summary: 'DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz',
      fingerprint: '0x101000056010407',
      rows: [
        { name: 'Accelerator', value: 'DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz' },
        { name: 'Fingerprint', value: '0x101000056010407' },
        { name: 'DPU design', value: 'v4.1.0' },
        { name: 'Vitis AI', value: '3.0.0' },
        { name: 'Softmax kernel', value: 'no' },
        { name: 'Python', value: '3.9.9 with xir, vart, numpy' },
        { name: 'Power sensor', value: 'ina226_u183' },
        { name: 'Image', value: 'PetaLinux 2022.2_release_S10071807 (honister)' },
        { name: 'System', value: 'Linux 5.15.36-xilinx-v2022.2 aarch64' },
      ],
      missing: [],
    });
  });

  it('nothing that answers is nothing that is known', () => {
    const found = state({ query: answer('', 'sh: xdputil: not found'), python: answer('') });
    expect(found.rows).toEqual([]);
    expect(found.missing.map(({ what }) => what)).toEqual(['xdputil does not answer: sh: xdputil: not found', 'python3']);
  });

  it.each([
    ['{"kernels": 7}', 'no DPU is loaded'],
    ['{"kernels": [null, {"fingerprint": 5}, {"fingerprint": "0x0"}]}', 'no DPU is loaded'],
    ['{"kernels": [', 'what accelerator it has is not known'],
    ['\u0000\u0001}{', 'what accelerator it has is not known'],
    ['{"kernels": [{"fingerprint": "0x101000056010402", "DPU Arch": "a\\nb\\u202e"}]}', 'a\\u000ab\\u202e, 1 core'],
  ])('%j is read without a stumble', (output, summary) => expect(state({ query: answer(output) }).summary).toBe(summary));
});
