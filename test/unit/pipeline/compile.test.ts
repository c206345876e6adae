import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import type { LatheError } from '../../../src/engine/base/errors.ts';
import { runCompile } from '../../../src/engine/pipeline/compile/index.ts';
import { systemProcesses } from '../../../src/engine/transport/processes.ts';
import { decodeXir } from '../../../src/engine/xir/codec.ts';
import type { CompileJob } from '../../../src/protocol/job.ts';
import type { CompileDocument, ToolFinding } from '../../../src/protocol/results/board.ts';
import { FakeVitis, type Scenario } from '../../support/fake-vitis/index.ts';
import { compiledXmodel, quantizedOnnx, quantizedXmodel } from '../../support/fake-vitis/model.ts';
import { root as repository } from '../../support/lathe.ts';
import { itWithZoo } from '../../support/zoo.ts';

const [dpu25, dpu30] = [0x101000016010407n, 0x101000056010407n];
const image = 'xilinx/vitis-ai-pytorch-cpu:ubuntu2004-3.0.0.106';

const root = mkdtempSync(path.join(os.tmpdir(), 'lathe-compile-test-'));
const inRoot = (name: string, bytes: Uint8Array | string): string => {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
};
const onnx = inRoot('net.onnx', quantizedOnnx());
const compiled = inRoot('made/3.0.xmodel', compiledXmodel({ fingerprint: dpu30 }));
const older = inRoot('made/2.5.xmodel', compiledXmodel({ fingerprint: dpu25 }));
const split = inRoot('made/split.xmodel', compiledXmodel({ fingerprint: dpu30, onCpu: ['_features_1_Relu'] }));
const all = inRoot(
  'made/cpu.xmodel',
  compiledXmodel({ fingerprint: dpu30, onCpu: ['_features_0_Conv', '_features_1_Relu', '_head_Conv'] }),
);
const notCompiled = inRoot('made/quantized.xmodel', quantizedXmodel());
const garbage = inRoot('made/garbage.xmodel', Buffer.from('Traceback: this is no graph'));
afterAll(() => rmSync(root, { recursive: true }));

/** What the compiler prints when all goes well, with colours as on a terminal. */
const goodLog = [
  '**************************************************',
  '* VITIS_AI Compilation - Xilinx Inc.',
  '**************************************************',
  '[UNILOG][INFO] Compile mode: dpu',
  '\u001b[32m[UNILOG][INFO] Target architecture: DPUCZDX8G_ISA1_B4096\u001b[0m',
  '[UNILOG][INFO] Graph name: net, with op num: 14',
  '[UNILOG][INFO] Begin to compile...',
  '[UNILOG][INFO] Total device subgraph number 3, DPU subgraph number 1',
  '[UNILOG][INFO] Compile done.',
];

let fake: FakeVitis | undefined;
afterEach(() => {
  fake?.close();
  fake = undefined;
});
const withPrograms = (programs: readonly string[], scenario: Scenario): FakeVitis => (fake = new FakeVitis(programs, scenario));

let folders = 0;
const newFolder = (): string => path.join(root, `out ${folders++}`);

interface Ran {
  document?: CompileDocument;
  error?: LatheError;
  findings: readonly ToolFinding[];
  folder: string;
}

async function compile(job: Partial<CompileJob> = {}, signal?: AbortSignal): Promise<Ran> {
  const folder = job.folder ?? newFolder();
  let findings: readonly ToolFinding[] = [];
  const deps = {
    context: plainContext(signal ? { signal } : {}),
    processes: systemProcesses(),
    onProgress() {},
    onRunFolder() {},
    onPartial: (partial: { findings?: readonly ToolFinding[] }) => (findings = partial.findings ?? findings),
  };
  try {
    const document = await runCompile({ kind: 'compile', model: onnx, target: 'zcu104', settings: {}, ...job, folder }, deps);
    return { document, findings, folder };
  } catch (error) {
    return { error: error as LatheError, findings, folder };
  }
}

describe('a compiler in PATH', () => {
  it('gets the exported model by arguments, and its file is delivered with what belongs to it', async () => {
    const { folder: bin } = withPrograms(['vai_c_xir'], { log: goodLog, output: compiled });
    const { document, folder, error } = await compile();
    expect(error).toBeUndefined();
    expect(document).toMatchObject({
      output: { path: path.join(folder, 'net.xmodel'), bytes: readFileSync(compiled).length },
      target: 'zcu104',
      subgraphs: { total: 3, accelerator: 1 },
      onCpu: [],
      findings: [],
      fingerprint: '0x101000056010407',
      toolVersions: { xcompiler: '3.0.0' },
      warnings: [],
    });
    expect(fake!.calls()).toEqual([
      {
        program: 'vai_c_xir',
        args: ['-x', 'net_int.xmodel', '-a', 'arch.json', '-o', 'compiled', '-n', 'net'],
        cwd: path.join(folder, '.work'),
      },
    ]);
    expect(readdirSync(folder).sort()).toEqual(['compile.log', 'meta.json', 'net.xmodel']);
    const log = readFileSync(path.join(folder, 'compile.log'), 'utf8');
    expect(log).toContain(`cd '${path.join(folder, '.work')}' && ${path.join(bin, 'vai_c_xir')} -x net_int.xmodel`);
    expect(log).toContain('Total device subgraph number 3');
  });

  it('may say that it failed where the file is there and right', async () => {
    withPrograms(['vai_c_xir'], { output: compiled, exitCode: 3 });
    const { document } = await compile();
    expect(document!.warnings).toEqual(['Compile with vai_c_xir: it ended with exit code 3, but its file is there']);
  });

  it.each<[string, Scenario, string, RegExp]>([
    [
      'says that all is well and makes nothing',
      { log: goodLog, exitCode: 0 },
      'compile.failed',
      /ended with exit code 0 and made no file; its last words: .*Compile done/,
    ],
    ['makes an empty file', { log: goodLog, output: '' }, 'compile.failed', /made no file/],
    ['makes a link to a file elsewhere', { output: compiled, link: true }, 'compile.failed', /made no file; it printed nothing/],
    ['prints bytes that are no text', { binary: true, exitCode: 1 }, 'compile.failed', /exit code 1/],
    ['makes something else', { output: garbage }, 'xir.not-xir', /no XIR|XIR/],
    ['makes a quantized graph', { output: notCompiled }, 'compile.wrong-output', /no device sub-graphs/],
    ['leaves all to the processor', { output: all }, 'compile.wrong-output', /nothing of the model runs on the DPU/],
    [
      'aborts with 0 and a stack trace',
      {
        log: [
          '[UNILOG][FATAL][XCOM_PM_FAIL][The compiler occurs an error when generating instructions] at _head_Conv',
          '*** Check failure stack trace: ***',
          '    @     0x7f8a1c0d1f0d  (unknown)',
          'Aborted (core dumped)',
        ],
      },
      'compile.failed',
      /one of the compiler’s passes failed/,
    ],
    ['was given a wrong call', { log: ['ERROR: NO FRONT END SPECIFIED'], exitCode: 1 }, 'compile.failed', /called without a model/],
    [
      'falls over in Python',
      { log: ['Traceback (most recent call last):', '  File "x.py", line 1, in <module>', "KeyError: 'strides'"], exitCode: 1 },
      'compile.failed',
      /KeyError: 'strides'/,
    ],
  ])('fails where it %s', async (_, scenario, code, message) => {
    withPrograms(['vai_c_xir'], scenario);
    const { error, folder } = await compile();
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
    // The log is kept, nothing half done.
    expect(readdirSync(folder)).toEqual(['compile.log']);
  });

  it('keeps an earlier result when it fails', async () => {
    const folder = newFolder();
    withPrograms(['vai_c_xir'], { output: compiled });
    await compile({ folder });
    fake!.becomes({ exitCode: 0 });
    const { error } = await compile({ folder });
    expect(error?.code).toBe('compile.failed');
    expect(readFileSync(path.join(folder, 'net.xmodel'))).toEqual(readFileSync(compiled));
  });

  it('that prints without end is stopped', async () => {
    withPrograms(['vai_c_xir'], { endless: true });
    const { error, folder } = await compile();
    expect(error?.code).toBe('compile.endless-output');
    expect(readFileSync(path.join(folder, 'compile.log')).length).toBeLessThan(8 << 20);
  });

  it('tells the nodes that the processor gets by our layers, with reasons', async () => {
    const log = [
      '[UNILOG][WARNING] xir::Op{name = _features_1_Relu, type = relu-fix} has been assigned to CPU: [DPU does not support activation type: LEAKYRELU. Its alpha is 0.100000, but DPU only support 0.1015625.].',
      '[UNILOG][WARNING] xir::Op{name = _head_Conv_fix_, type = fix2float} has been assigned to CPU.',
      '[UNILOG][INFO] Total device subgraph number 5, DPU subgraph number 2',
    ];
    withPrograms(['vai_c_xir'], { log, output: split });
    const { document, findings } = await compile();
    expect(document!.subgraphs).toEqual({ total: 5, accelerator: 2 });
    expect(document!.onCpu).toEqual([
      { node: '_features_1_Relu', op: 'relu-fix', reason: expect.stringContaining('0.1015625') as string, layer: '/features/1/Relu' },
    ]);
    expect(findings.map(({ severity, code, layer }) => [severity, code, layer])).toEqual([
      ['warning', 'vitis.leaky-relu', '/features/1/Relu'],
      ['warning', 'vitis.split', undefined],
    ]);
    expect(document!.findings).toEqual(findings);
  });
});

describe('the accelerator', () => {
  it.each<[string, CompileJob['settings'], string, object]>([
    ['that of the board’s ready-made image', {}, compiled, { target: 'DPUCZDX8G_ISA1_B4096' }],
    ['a fingerprint', { architecture: '0x101000056010407' }, compiled, { fingerprint: '0x101000056010407' }],
    ['a fingerprint of 2.5', { architecture: '0x101000016010407' }, older, { fingerprint: '0x101000016010407' }],
    ['a name', { architecture: 'DPUCZDX8G_ISA1_B4096', version: '2.5' }, older, { target: 'DPUCZDX8G_ISA1_B4096' }],
  ])('is written down: %s', async (_, settings, output, architecture) => {
    withPrograms(['vai_c_xir'], { output });
    const { document } = await compile({ settings });
    expect(JSON.parse(document!.files.find(({ path: file }) => file.endsWith('arch.json'))!.text)).toEqual(architecture);
    expect(document!.findings.filter(({ code }) => code === 'vitis.fingerprint')).toEqual([]);
  });

  it('of the file is compared with what was asked for', async () => {
    withPrograms(['vai_c_xir'], { output: older });
    const stated = await compile({ settings: { architecture: '0x101000056010407' } });
    expect(stated.error).toMatchObject({
      code: 'compile.wrong-output',
      message: expect.stringMatching(/Vitis AI 2\.5 .*Vitis AI 3\.0 and 3\.5.*without ArgMax/) as string,
    });
    // Of which version a program in PATH is, nobody said.
    const guessed = await compile();
    expect(guessed.document!.findings).toMatchObject([{ severity: 'warning', code: 'vitis.fingerprint' }]);
  });

  it('is the board’s, where it was asked', async () => {
    withPrograms(['vai_c_xir'], { output: older });
    const ran = await compile({ fingerprint: '0x101000016010407' });
    expect(ran.document!.files[0]!.text).toBe('{"fingerprint":"0x101000016010407"}\n');
    const other = await compile({ fingerprint: '0x101000016010407', settings: { architecture: '0x101000056010407' } });
    expect(other.error).toMatchObject({ code: 'compile.fingerprint', message: expect.stringContaining('with ArgMax on save') as string });
    expect(existsSync(other.folder)).toBe(false);
  });

  it.each([
    [{ architecture: 'DPUCAHX8H_ISA2' }, 'compile.architecture'],
    [{ architecture: '0x1' }, 'compile.architecture'],
    [{ version: '9.9' }, 'compile.version'],
  ])('or version that is not there is refused: %j', async (settings, code) => {
    withPrograms(['vai_c_xir'], {});
    expect((await compile({ settings })).error?.code).toBe(code);
    expect(fake!.calls()).toEqual([]);
  });
});

describe('a container', () => {
  const mounted = (args: readonly string[]): string => args[args.indexOf('--mount') + 1]!;

  it.each(['docker', 'podman'])('by %s has no terminal, no network, one folder and this user', async (engine) => {
    const name = engine === 'podman' ? `docker.io/${image}` : image;
    withPrograms([engine, 'vai_c_xir'], { log: goodLog, output: compiled, images: [name] });
    const { document, error, folder } = await compile({ settings: { container: engine as 'docker' } });
    expect(error).toBeUndefined();
    expect(document!.subgraphs).toEqual({ total: 3, accelerator: 1 });
    const { args } = fake!.calls(engine).find((call) => call.args[0] === 'run')!;
    const before = args.slice(0, args.indexOf(name));
    for (const option of ['-it', '-i', '-t', '-v', '--privileged', '--network=host']) expect(before).not.toContain(option);
    expect(before).toEqual(expect.arrayContaining(['--rm', 'none', 'never', 'no-new-privileges']));
    expect(mounted(args)).toBe(`type=bind,source=${path.join(folder, '.work')},target=/workspace`);
    const ids = `${process.getuid!()}:${process.getgid!()}`;
    expect(before.slice(before.indexOf('--user'), before.indexOf('--user') + 2)).toEqual(['--user', ids]);
    expect(args.slice(args.indexOf(name) + 1)).toEqual([
      'in-conda.sh', 'vitis-ai-pytorch', '3660', 'vai_c_xir', '-x', 'net_int.xmodel', '-a', 'arch.json', '-o', 'compiled', '-n', 'net',
    ]); // prettier-ignore
    // In it the compiler was started in that folder, by the script.
    expect(fake!.calls('vai_c_xir')).toHaveLength(1);
    expect(readdirSync(folder).sort()).toEqual(['compile.log', 'meta.json', 'net.xmodel']);
  });

  it('without root in Docker is its own user', async () => {
    withPrograms(['docker', 'vai_c_xir'], { output: compiled, images: [image], rootless: true });
    await compile({ settings: { container: 'docker' } });
    expect(fake!.calls('docker').find(({ args }) => args[0] === 'run')!.args).not.toContain('--user');
  });

  it('finds the program through conda, or beside it', async () => {
    withPrograms(['docker'], { output: compiled, images: [image] });
    const bin = path.join(fake!.folder, 'vitis/conda/envs/vitis-ai-pytorch/bin');
    mkdirSync(bin, { recursive: true });
    const real = new FakeVitis(['vai_c_xir'], { output: compiled });
    symlinkSync(path.join(real.folder, 'vai_c_xir'), path.join(bin, 'vai_c_xir'));
    process.env['PATH'] = fake!.folder;
    expect((await compile()).error).toBeUndefined();
    // With conda there its environment is entered.
    const setup = path.join(fake!.folder, 'vitis/conda/etc/profile.d');
    mkdirSync(setup, { recursive: true });
    writeFileSync(path.join(setup, 'conda.sh'), 'conda() { echo "entered $2"; }\n');
    const { folder } = await compile();
    expect(readFileSync(path.join(folder, 'compile.log'), 'utf8')).toContain('entered vitis-ai-pytorch');
    real.close();
  });

  it.each<[string, readonly string[], Scenario, CompileJob['settings'], RegExp]>([
    ['nothing', [], {}, {}, /needs vai_c_xir, docker or podman/],
    ['no program in PATH', ['docker'], { images: [image] }, { container: 'none' }, /needs vai_c_xir/],
    ['a Docker that does not run', ['docker'], { daemon: false }, {}, /needs a running docker \(Cannot connect/],
    ['no image', ['docker'], {}, {}, /needs the image xilinx\/vitis-ai-pytorch-cpu:ubuntu2004-3\.0\.0\.106/],
    ['no podman', ['docker'], { images: [image] }, { container: 'podman' }, /needs podman/],
  ])('is not there where there is %s: it says how to get it', async (_, programs, scenario, settings, message) => {
    withPrograms(programs, scenario);
    const { error, folder } = await compile({ settings });
    expect(error).toMatchObject({ code: 'compile.tool-missing', exitCode: 1, message: expect.stringMatching(message) as string });
    expect(error!.place.hint).toMatch(/docker|podman|container/i);
    expect(existsSync(folder)).toBe(false);
    expect(fake!.calls().filter(({ args }) => ['run', 'pull'].includes(args[0]!))).toEqual([]);
  });

  it('is fetched only where that was asked for', async () => {
    withPrograms(['docker', 'vai_c_xir'], { output: compiled });
    const { document } = await compile({ settings: { container: 'docker', pull: true } });
    expect(document!.plan.map(({ title }) => title)).toEqual([
      'Write the model as xmodel',
      `Fetch ${image}, several GB`,
      `Compile with vai_c_xir in ${image}`,
    ]);
    expect(fake!.calls('docker').map(({ args }) => args[0])).toEqual(['info', 'image', 'pull', 'run']);
    // It is there the next time.
    expect((await compile({ settings: { container: 'docker', pull: true } })).document!.plan).toHaveLength(2);
  });

  it('has its licence named the first time', async () => {
    const folder = newFolder();
    withPrograms(['docker', 'vai_c_xir'], { output: compiled, images: [image] });
    const first = await compile({ folder, settings: { container: 'docker' } });
    const second = await compile({ folder, settings: { container: 'docker' } });
    expect([first, second].map(({ document }) => document!.notes.filter((note) => note.includes('licence')).length)).toEqual([1, 0]);
  });

  it('that can’t be started is told in its own words', async () => {
    withPrograms(['docker'], { images: [image], refuses: 'docker: permission denied while trying to connect to the Docker daemon socket' });
    const { error } = await compile();
    expect(error).toMatchObject({
      code: 'compile.failed',
      message: expect.stringMatching(/may not talk to Docker.*exit code 125 \(the container could not be started\)/) as string,
    });
  });

  it('left behind by a job that was killed is removed before the next', async () => {
    const folder = newFolder();
    withPrograms(['docker', 'vai_c_xir'], { output: compiled, images: [image] });
    const planned = await compile({ folder, dryRun: true, settings: { container: 'docker' } });
    const name = /--name (\S+)/.exec(planned.document!.plan[1]!.text)![1]!;
    fake!.leaveContainer(name);
    mkdirSync(path.join(folder, '.work'), { recursive: true });
    writeFileSync(path.join(folder, '.work', 'arch.json'), 'half');
    expect((await compile({ folder, settings: { container: 'docker' } })).error).toBeUndefined();
    expect(fake!.calls('docker').map(({ args }) => args[0])).toEqual(['info', 'image', 'rm', 'run']);
  });

  it('ends when the job is cancelled, also where it does not listen', async () => {
    withPrograms(['docker', 'vai_c_xir'], { hang: true, log: goodLog, images: [image] });
    const cancellation = new AbortController();
    const running = compile({ settings: { container: 'docker' } }, cancellation.signal);
    await appears(fake!.hanging);
    cancellation.abort();
    const { error, folder } = await running;
    expect(error?.code).toBe('cancelled');
    expect(fake!.calls('docker').at(-1)!.args.slice(0, 2)).toEqual(['rm', '--force']);
    expect(readdirSync(fake!.containers)).toEqual([]);
    const inside = Number(readFileSync(fake!.hanging, 'utf8'));
    expect(isRunning(inside)).toBe(false);
    // What it had printed is kept.
    expect(readFileSync(path.join(folder, 'compile.log'), 'utf8')).toContain('Begin to compile');
    expect(existsSync(path.join(folder, '.work'))).toBe(false);
  });
});

/** A killed process may wait for its parent to ask how it ended. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resolves when a file is there. */
function appears(file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(path.dirname(file), () => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    });
    if (existsSync(file)) {
      watcher.close();
      resolve();
    }
  });
}

describe('a plan only', () => {
  it.each([[['docker', 'podman', 'vai_c_xir']], [[]]])('runs nothing and writes nothing, with %j in PATH', async (programs) => {
    withPrograms(programs, { images: [image] });
    const { document, folder } = await compile({ dryRun: true });
    expect(document).toMatchObject({ output: { path: path.join(folder, 'net.xmodel'), bytes: 0 }, findings: [] });
    expect(document!.plan.map(({ where }) => where)).toEqual(['here', 'here']);
    expect(document!.missing).toHaveLength(programs.length ? 0 : 1);
    expect(existsSync(folder)).toBe(false);
    expect(fake!.calls()).toEqual([]);
  });

  it('says that the model is not there yet', async () => {
    withPrograms([], {});
    const { document } = await compile({ dryRun: true, model: path.join(root, 'later.onnx') });
    expect(document!.warnings).toEqual([`${path.join(root, 'later.onnx')} is not there yet`]);
  });

  it.each([
    ['.xmodel', 'vai_c_xir -x net.xmodel', image],
    ['.h5', 'vai_c_tensorflow2 -m net.h5', 'xilinx/vitis-ai-tensorflow2-cpu:ubuntu2004-3.5.0.300'],
  ])('takes %s files as they are', async (ending, call, from) => {
    withPrograms(['docker'], {});
    const { document } = await compile({ dryRun: true, model: inRoot(`net${ending}`, 'x') });
    expect(document!.plan).toHaveLength(1);
    expect(document!.plan[0]!.text).toContain(call);
    expect(document!.plan[0]!.text).toContain(` ${from} `);
  });

  it('of a .h5 with the version that has no image is refused, an image of one’s own is taken', async () => {
    withPrograms(['docker'], {});
    const model = inRoot('net.h5', 'x');
    expect((await compile({ dryRun: true, model, settings: { version: '3.0' } })).error?.code).toBe('compile.image');
    const own = await compile({ dryRun: true, model, settings: { version: '3.0', image: 'mine/vitis:1' } });
    expect(own.document!.plan[0]!.text).toContain(' mine/vitis:1 ');
    expect(own.document!.notes).toEqual([expect.stringContaining('licences') as string]);
    for (const image of ['mine/vitis', 'mine/vitis:latest', 'registry:5000/vitis']) {
      const { document } = await compile({ dryRun: true, model, settings: { version: '3.5', image } });
      expect(document!.notes[0]).toContain('no fixed version');
    }
  });
});

describe('a model that can’t be compiled', () => {
  it.each([
    ['model.pt', 'compile.format'],
    ['model', 'compile.format'],
  ])('%s is refused', async (name, code) => {
    withPrograms(['vai_c_xir'], {});
    expect((await compile({ model: inRoot(name, 'x') })).error?.code).toBe(code);
  });

  it.each([
    ['twice.xmodel', () => readFileSync(compiled), 'compile.compiled'],
    ['keras.h5', () => Buffer.from('PK'), 'compile.not-keras'],
    ['empty.h5', () => Buffer.alloc(0), 'compile.not-keras'],
    ['odd.xmodel', () => Buffer.from('no graph'), /^xir\.|^model\./],
  ])('%s is looked at before anything runs', async (name, bytes, code) => {
    withPrograms(['vai_c_xir', 'vai_c_tensorflow2'], { output: compiled });
    expect((await compile({ model: inRoot(name, bytes()) })).error?.code).toMatch(code);
    expect(fake!.calls()).toEqual([]);
  });

  it.each(['.xmodel', '.h5'])('%s that is one goes to its compiler', async (ending) => {
    withPrograms(['vai_c_xir', 'vai_c_tensorflow2'], { output: compiled });
    const model = inRoot(`given${ending}`, ending === '.h5' ? Buffer.from('\x89HDF\r\n', 'latin1') : quantizedXmodel());
    const { document, error } = await compile({ model });
    expect(error).toBeUndefined();
    expect(path.basename(document!.output.path)).toBe('given.xmodel');
    expect(fake!.calls().map(({ program }) => program)).toEqual([ending === '.h5' ? 'vai_c_tensorflow2' : 'vai_c_xir']);
  });

  it('because it is float is told how to quantize it', async () => {
    withPrograms(['vai_c_xir'], {});
    const { error, folder } = await compile({ model: path.join(repository, 'samples/shapes/model.onnx') });
    expect(error).toMatchObject({ code: 'xmodel.float', place: { hint: expect.stringContaining('lathe quantize') as string } });
    expect(existsSync(folder)).toBe(false);
  });

  it('of no such target', async () => expect((await compile({ target: 'cpu' })).error).toMatchObject({ code: 'compile.target' }));

  it('that is not there leaves no folder', async () => {
    withPrograms(['vai_c_xir'], { output: compiled });
    const { error, folder } = await compile({ model: path.join(root, 'absent.xmodel') });
    expect(error?.code).toBe('file.read');
    expect(existsSync(folder)).toBe(false);
  });
});

describe('names and places', () => {
  it.each(["-rf it's", '--help', '$(touch pwned) `id`;ls %s', 'naïve ☃ line\nbreak "quote"', 'a:b,c', '..'])(
    'a model called %j in a folder of that name is data, never a command',
    async (name) => {
      withPrograms(['docker', 'vai_c_xir'], { output: compiled, images: [image] });
      const place = path.join(root, `places ${folders++}`, `.${name}`);
      mkdirSync(place, { recursive: true });
      const model = path.join(place, `${name}.onnx`);
      writeFileSync(model, quantizedOnnx());
      const { document, error } = await compile({ model, folder: path.join(place, `out ${name}`), settings: { container: 'docker' } });
      expect(error).toBeUndefined();
      const [inside] = fake!.calls('vai_c_xir');
      // What the compiler gets are plain names, none that could be an option.
      for (const word of [inside!.args[1]!, inside!.args[7]!]) expect(word).toMatch(/^[A-Za-z][\w-]*(\.xmodel)?$/);
      expect(path.dirname(document!.output.path)).toBe(path.join(place, `out ${name}`));
      expect(existsSync(path.join(root, 'pwned'))).toBe(false);
    },
  );

  it('a folder that is a link to elsewhere in the middle of the work is not followed', async () => {
    const folder = newFolder();
    const elsewhere = path.join(root, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(path.join(elsewhere, 'precious'), 'kept');
    mkdirSync(folder);
    symlinkSync(elsewhere, path.join(folder, '.work'));
    withPrograms(['vai_c_xir'], { output: compiled });
    expect((await compile({ folder })).error).toBeUndefined();
    expect(readdirSync(elsewhere)).toEqual(['precious']);
  });

  it('a place that can’t be written to is told as such', async () => {
    if (process.getuid?.() === 0) return; // root may write everywhere
    const folder = newFolder();
    mkdirSync(folder);
    chmodSync(folder, 0o500);
    withPrograms(['vai_c_xir'], { output: compiled });
    expect((await compile({ folder })).error?.code).toBe('disk.denied');
  });
});

itWithZoo('files of the vendor’s compiler are read for what they are', async (zoo) => {
  withPrograms(['vai_c_xir'], { output: path.join(zoo, 'vitis/v3.0_tf2_custom_op.xmodel') });
  const { document, error } = await compile();
  expect(error).toBeUndefined();
  expect(document).toMatchObject({ subgraphs: { total: 5, accelerator: 2 }, fingerprint: '0x101000056010407' });
  fake!.becomes({ output: path.join(zoo, 'vitis/v2.5_tf2_custom_op.xmodel') });
  expect((await compile({ settings: { architecture: '0x101000056010407' } })).error?.code).toBe('compile.wrong-output');
  fake!.becomes({ output: path.join(zoo, 'vitis/v3.0_VoxelNet_int.xmodel') });
  expect((await compile()).error?.message).toContain('quantized graph');
});

it('the test’s own compiled file is what it says', () => expect(decodeXir(readFileSync(compiled)).root?.children).toHaveLength(3));
