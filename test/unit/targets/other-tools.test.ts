import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { npyBytes } from '../../../src/engine/base/npy.ts';
import { compilers, findCompiler, findRunner, runners } from '../../../src/engine/targets/boards.ts';
import type { CompileRequest } from '../../../src/engine/targets/compile-plan.ts';
import { readHailoLog } from '../../../src/engine/targets/hailo8/log.ts';
import { hailoFigures, readHailortcli } from '../../../src/engine/targets/hailo8/runner/results.ts';
import { readTrtexecLog, trtexecVersion } from '../../../src/engine/targets/tensorrt/log.ts';
import { throughputs, wattsOf } from '../../../src/engine/targets/tensorrt/runner/results.ts';
import { verdicts } from '../../../src/engine/targets/verdicts.ts';

const room = path.resolve(import.meta.dirname, '../../../src/engine/targets');
const scratch = mkdtempSync(path.join(tmpdir(), 'lathe-tools-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const foldersWith = (file: string): string[] =>
  readdirSync(room, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(room, entry.name, file)))
    .map(({ name }) => name)
    .sort();

describe('lists of targets', () => {
  it.each([
    ['compile.ts', compilers.map(({ target }) => target)],
    ['run.ts', runners.map(({ target }) => target)],
    ['limits.ts', verdicts.map(({ target }) => target.name)],
  ])('have every folder with a %s', (file, names) => expect([...names].sort()).toEqual(foldersWith(file)));
});

const request = (more: Partial<CompileRequest> = {}): CompileRequest => ({
  model: 'net.onnx',
  name: 'net',
  folder: '/work',
  settings: { limit: 60 },
  tools: {},
  answers: {},
  id: 'a1',
  ...more,
});
const commands = (target: string, more: Partial<CompileRequest> = {}): string[] =>
  findCompiler(target)!
    .plan(request(more))
    .steps.map(({ command }) => [command.program, ...command.arguments].join(' '));

describe('plans to compile', () => {
  it('for the Hailo-8: parser, optimizer, compiler, on the float model', () => {
    expect(findCompiler('hailo8')?.format).toBe('float');
    expect(commands('hailo8', { calibration: 'calibration.npy' })).toEqual([
      'hailo parser onnx net.onnx --hw-arch hailo8 --net-name net --har-path net.har -y',
      'hailo optimize net.har --hw-arch hailo8 --calib-set-path calibration.npy --output-har-path net_optimized.har',
      'hailo compiler net_optimized.har --hw-arch hailo8 --output-dir .',
    ]);
    expect(commands('hailo8', { model: 'net.har', settings: { architecture: 'HAILO8L' } })[0]).toContain(
      'optimize net.har --hw-arch hailo8l --use-random-calib-set',
    );
    expect(() => commands('hailo8', { settings: { architecture: 'HAILO15H' } })).toThrow(/no chip of the Hailo-8 family/);
    const notes = findCompiler('hailo8')!.plan(
      request({ answers: { version: { exitCode: 0, stdout: 'Current Hailo Dataflow Compiler v5.2.0', stderr: '' } } }),
    ).notes;
    expect(notes.join()).toMatch(/v5\.2\.0; the Hailo-8 stays with 3\.x/);
  });

  it('for the ESP32-S3: the script of ours, for the chip that is asked for', () => {
    expect(commands('esp32s3', { tools: { python3: '/usr/bin/python3' }, calibration: 'calibration' })).toEqual([
      '/usr/bin/python3 quantize.py net.onnx calibration net.espdl --target esp32s3',
    ]);
    expect(commands('esp32s3', { settings: { architecture: 'ESP32' } })[0]).toMatch(
      /^python3 quantize\.py net\.onnx - net\.espdl --target c$/,
    );
    const { missing } = findCompiler('esp32s3')!.plan(
      request({ tools: { python3: 'p' }, answers: { packages: { exitCode: 0, stdout: 'torch=2.9.0 onnx=1.19.1\n', stderr: '' } } }),
    );
    expect(missing.map(({ what }) => what)).toEqual(['the Python package esp-ppq']);
  });

  // First lines as `trtexec --help` of these versions prints them.
  it.each([
    [
      'TensorRT 8.5',
      '&&&& RUNNING TensorRT.trtexec [TensorRT v8502] # trtexec --help\n  --int8\n  --buildOnly\n  --timingCacheFile=<file>',
      ['--int8', '--fp16', '--buildOnly', '--timingCacheFile=timing.cache'],
    ],
    [
      'TensorRT 10',
      '&&&& RUNNING TensorRT.trtexec [TensorRT v101602] [b10] # trtexec --help\n  --int8\n  --skipInference\n',
      ['--int8', '--fp16', '--skipInference'],
    ],
    [
      'TensorRT 11',
      '&&&& RUNNING TensorRT.trtexec [TensorRT v110000] # trtexec --help\n  --stronglyTyped\n  --skipInference\n',
      ['--skipInference'],
    ],
  ])('for %s', (_, stdout, options) => {
    const [command] = commands('tensorrt', { answers: { help: { exitCode: 0, stdout, stderr: '' } } });
    expect(command).toBe(`trtexec --onnx=net.onnx --saveEngine=net.engine ${options.join(' ')}`);
  });
});

it.each([
  ['&&&& RUNNING TensorRT.trtexec [TensorRT v8602] # trtexec', '8.6.2'],
  ['&&&& RUNNING TensorRT.trtexec [TensorRT v100300]', '10.3.0'],
  ['&&&& RUNNING TensorRT.trtexec [TensorRT v101602] [b10] # x', '10.16.2'],
  ['sh: trtexec: not found', undefined],
])('%s is %s', (line, version) => expect(trtexecVersion(line)).toBe(version));

describe('logs', () => {
  // ankandrew/fast-plate-ocr issue 44; community.hailo.ai topic 2174; hailo-ai/Hailo-Application-Code-Examples issue 364.
  it.each([
    ["Parsing failed with recommendations for end node names: ['a/b', 'c'].", 'warning', 'hailo.end-nodes'],
    ['[warning] Reducing optimization level to 0 (the accuracy won’t be optimized)', 'warning', 'hailo.optimization-level'],
    ['[error] Mapping Failed (allocation time: 1m 2s)', 'error', 'hailo.allocation'],
    ['UnsupportedShuffleLayerError in op /head/Reshape: Failed to determine type of layer to create', 'error', 'hailo.unsupported'],
    ['[error] something new', 'error', undefined],
  ])('of the Dataflow Compiler: %s', (line, severity, code) => {
    const [message] = readHailoLog(['[info] Translation started on ONNX model net', line]).messages;
    expect([message?.severity, message?.code]).toEqual([severity, code]);
  });

  it('of the Dataflow Compiler tell the node and the figures', () => {
    const { messages, figures } = readHailoLog([
      'UnsupportedShuffleLayerError in op /head/Reshape: no',
      '[info] Successful Compilation (compilation time: 8s)',
      'Traceback (most recent call last):',
      '  File "x.py", line 1',
      'hailo_sdk_common.hailo_nn.exceptions.UnsupportedModelError: it is not',
    ]);
    expect(messages[0]?.node).toBe('/head/Reshape');
    expect(messages[1]).toMatchObject({ severity: 'error', code: 'python.exception' });
    expect(figures).toEqual({ 'compilation time': '8s' });
  });

  it('of trtexec', () => {
    const { messages, figures } = readTrtexecLog([
      '&&&& RUNNING TensorRT.trtexec [TensorRT v100900] [b34] # trtexec --onnx=net.onnx',
      '[04/07/2025-23:59:33] [W] Dynamic dimensions required for input: image, but no shapes were provided. Automatically overriding shape to: 1x3x32x32',
      '[04/07/2025-23:59:35] [E] [TRT] ModelImporter.cpp:832: --- End node --- UNSUPPORTED_NODE: Foo',
      '[04/07/2025-23:59:40] [I] Engine built in 5.82 sec.',
      '[04/07/2025-23:59:44] [I] Throughput: 1234.5 qps',
      '&&&& FAILED TensorRT.trtexec [TensorRT v100900] # trtexec',
    ]);
    expect(messages.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'info tensorrt.batch',
      'error tensorrt.unsupported',
      'error tensorrt.failed',
    ]);
    expect(figures).toEqual({ TensorRT: 100900, 'build time, s': 5.82, 'throughput, qps': 1234.5 });
  });

  it.each([['\u001b[31m\u202e'], ['x'.repeat(1_000_000)], ['']])('of anything do no harm', (line) => {
    for (const { readLog } of compilers) expect(readLog([line, line]).messages.length).toBeLessThan(3);
  });
});

// hailo-ai/hailort 4.23, hailortcli/benchmark_command.cpp, infer_stats_printer.cpp and power_measurement_command.cpp.
const benchmark = `lathe: idle
Measuring power consumption over 3 seconds:
Total samples: 10
Max value (W): 1.1
Min value (W): 0.9
Average value (W): 1.0
Average time per sample (ms): 281.6
lathe: benchmark
Starting Measurements...
Measuring FPS in hw_only mode
Network net/net: 100% | 5000 | FPS: 1100.02 | ETA: 00:00:00
=======
Summary
=======
FPS     (hw_only)                 = 1100.5
        (streaming)               = 1000
Latency (hw)                      = 2.5 ms
Device 0000:01:00.0:
  Power in streaming mode (average) = 3 W
                          (max)     = 3.2 W
lathe: latency
    Frames count: 10
    FPS: 300
    HW Latency: 2.4 ms
lathe: latency
    HW Latency: 2.6 ms
`;

describe('figures of boards', () => {
  it('from hailortcli', () => {
    expect(readHailortcli(benchmark)).toEqual({
      hardwareFps: 1100.5,
      streamingFps: 1000,
      meanLatencyMs: 2.5,
      watts: 3,
      idleWatts: 1,
      latencies: [2.4, 2.6],
    });
    const figures = hailoFigures(benchmark, { entry: { power: true }, inputs: [] });
    expect(figures).toMatchObject({
      latencyMs: { median: 2.5, runs: 2 },
      fps: [{ threads: 1, fps: 1000 }],
      power: { watts: 3, idleWatts: 1, joulesPerPicture: 0.002 },
    });
    expect(() => hailoFigures('[HailoRT] [error] CHECK failed - HEF file length does not match', { entry: {}, inputs: [] })).toThrow(
      /HEF file length does not match/,
    );
  });

  it.each([
    // Jetson Orin NX; Jetson Nano; a graphics card by nvidia-smi --format=csv,noheader,nounits.
    ['RAM 2448/7772MB (lfb 2x4MB) CPU [0%@1190] GR3D_FREQ 0% VDD_IN 4580mW/4500mW VDD_CPU_GPU_CV 612mW/612mW VDD_SOC 1387mW/1387mW', 4.58],
    ['RAM 1403/3964MB (lfb 2x4MB) EMC_FREQ 0% POM_5V_IN 2088/2090 POM_5V_GPU 0/0 POM_5V_CPU 205/205', 2.088],
    ['45.32', 45.32],
    ['[N/A]', undefined],
  ])('watts of %s', (line, watts) => expect(wattsOf(line)).toBe(watts));

  it('throughput by streams', () => {
    const log =
      'lathe: streams 1\n[x] [I] Throughput: 100.5 qps\nlathe: streams 4\nbroken\nlathe: streams 8\n[x] [I] Throughput: 300 qps\n';
    expect(throughputs(log)).toEqual([
      { threads: 1, fps: 100.5 },
      { threads: 8, fps: 300 },
    ]);
  });

  it('what a board is, by its own words', () => {
    // hailo-ai/hailort 4.23, hailortcli/fw_control_command.cpp.
    const identify =
      'Identifying board\nControl Protocol Version: 2\nFirmware Version: 4.23.0 (release,app)\nBoard Name: Hailo-8\nDevice Architecture: HAILO8\nSerial Number: <N/A>\nProduct Name: HAILO-8 AI ACC M.2\n\n';
    const answers = {
      identify: { exitCode: 0, stdout: identify, stderr: '' },
      version: { exitCode: 0, stdout: 'HailoRT-CLI version 4.23.0\n', stderr: '' },
    };
    expect(findRunner('hailo8')!.state(answers)).toMatchObject({ summary: 'HAILO8, HailoRT 4.23.0', missing: [] });
    expect(findRunner('hailo8')!.state({}).missing).toHaveLength(1);
    expect(findRunner('tensorrt')!.state({}).missing).toHaveLength(1);
    expect(() => findRunner('esp32s3')!.plan({ model: 'x', inputs: [], entry: {} })).toThrow(/serial port/);
  });
});

/** Answers like trtexec 8.5 to 11 (NVIDIA/TensorRT, samples/common/sampleReporting.cpp): times, throughput, outputs as JSON. */
const fakeTrtexec = `#!/bin/sh
echo "$@" >> calls.log
for option in "$@"; do case $option in
  --help) echo "&&&& RUNNING TensorRT.trtexec [TensorRT v100300] # trtexec --help"; echo "  --int8"; echo "  --skipInference"; echo "  --infStreams=N"; exit 0 ;;
  --saveEngine=*) echo "[x] [I] Engine built in 1.5 sec."; : > "\${option#*=}" ;;
  --exportTimes=*) echo '[
  { "startEnqMs" : 1, "latencyMs" : 2.5 }
, { "startEnqMs" : 2, "latencyMs" : 3.5 }
]' > "\${option#*=}" ;;
  --loadInputs=*) file=\${option#*:}; echo "inputs $(wc -c < "$file")" >> calls.log ;;
  --exportOutput=*) echo '[
  { "name" : "y"
  , "dimensions" : "1x2"
  , "values" : [ 0.5, -1 ]
  }
]' > "\${option#*=}" ;;
esac; done
echo "[04/08/2025-23:15:48] [I] Input binding for image with dimensions 1x3x2x2 is created."
echo "[04/08/2025-23:15:51] [I] Throughput: 250 qps"
`;

it('the runner for TensorRT builds, measures and runs pictures on the board', async () => {
  const folder = path.join(scratch, 'board');
  mkdirSync(path.join(folder, 'bin'), { recursive: true });
  mkdirSync(path.join(folder, 'inputs'));
  writeFileSync(path.join(folder, 'bin/trtexec'), fakeTrtexec);
  chmodSync(path.join(folder, 'bin/trtexec'), 0o755);
  writeFileSync(path.join(folder, 'model.onnx'), 'QuantizeLinear');
  const runner = findRunner('tensorrt')!;
  const request = { model: '/m.onnx', inputs: ['/a.npy', '/b.npy'], entry: { runs: 2, threads: [1, 4], seconds: 1 } };
  const plan = runner.plan(request);
  for (const file of plan.files) {
    if ('text' in file) writeFileSync(path.join(folder, file.name), file.text);
    else if (file.name.startsWith('inputs/')) writeFileSync(path.join(folder, file.name), npyBytes([1, 3, 2, 2], new Float32Array(12)));
  }
  const logs: Record<string, string> = {};
  for (const { command, log } of plan.steps) {
    const [program, ...rest] = command;
    const done = spawnSync(program, rest, { cwd: folder, env: { PATH: `${folder}/bin:/usr/bin:/bin` }, encoding: 'utf8' });
    expect([done.status, done.stderr]).toEqual([0, '']);
    logs[log!] = done.stdout;
  }
  const calls = readFileSync(path.join(folder, 'calls.log'), 'utf8');
  expect(calls).toContain('--onnx=model.onnx --saveEngine=model.engine --int8 --fp16 --skipInference');
  expect(calls).toContain('--infStreams=4 --duration=1');
  // 12 numbers of 4 bytes: the header of the .npy is gone.
  expect(calls).toContain('--loadInputs=image:input.bin');
  expect(calls.match(/^inputs 48$/gm)).toHaveLength(2);
  const figures = await runner.read(folder, logs, request);
  expect(figures).toMatchObject({ latencyMs: { median: 3, runs: 2 }, fps: [{ threads: 1, fps: 250 }, { threads: 4, fps: 250 }] }); // prettier-ignore
  expect(figures.outputs?.['y']).toHaveLength(2);
  expect(existsSync(figures.outputs!['y']![1]!)).toBe(true);
});
