import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { readTensorFile } from '../../../src/engine/data/npy/array.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { picturesFor, writePictures } from '../../../src/engine/pipeline/deploy/pictures.ts';
import { runJob } from '../../../src/engine/pipeline/jobs.ts';
import { RunCatalog } from '../../../src/engine/pipeline/run-catalog.ts';
import { prepareRecipe, requireResolved } from '../../../src/engine/recipe/prepare.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';
import { permuted } from '../../../src/engine/targets/zcu104/xmodel/layout.ts';
import { exportXmodel } from '../../../src/engine/targets/zcu104/xmodel/export.ts';
import { evaluateXir } from '../../../src/engine/xir/evaluate/index.ts';
import type { XirGraph } from '../../../src/engine/xir/graph.ts';
import type { RunDocument } from '../../../src/protocol/results/run.ts';
import type { DeployDocument } from '../../../src/protocol/results/board.ts';
import { compileForTests, xirBytes } from '../../support/compiled-xmodel.ts';
import { makeDpuBoard, zcu104Query, type DpuBoardSetup } from '../../support/dpu-board.ts';
import { startBoard, whyNoSshd, type TestBoard } from '../../support/sshd.ts';

const python = '/usr/bin/python3';
const missing = whyNoSshd() ?? (existsSync(python) ? undefined : `there is no ${python} for the board`);
if (missing) process.stderr.write(`deploy/zcu104.test.ts: ${missing}\n`);

const samples = path.resolve(import.meta.dirname, '../../../samples/shapes');
const pictures = 6;

let root: string;
let run: string;
let recipeText: string;
let quantized: XirGraph;
/** What a sub-graph gives for each picture, and what a graph runner does: integers, and float32. */
let answers: Record<'integers' | 'floats', NonNullable<DpuBoardSetup['answers']>>;

const recipe = (entry = ''): string => `version: 1
model: ${samples}/model.onnx
target: zcu104
task: classification
seed: 0
data:
  input: { color: rgb, scale: 1/255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] }
  calibration: { path: ${samples}/pictures/train, labels: folders, count: 20 }
  test: { path: ${samples}/pictures/test, labels: folders, count: ${pictures} }
steps:
  - quantize: { weights: 8, activations: 8, round: nearest, calibrate: minmax }
output: { formats: [onnx, xmodel] }
${entry}`;

const job = (text: string) => ({ text, file: path.join(root, 'shapes.compress.yaml'), runs: path.join(root, 'runs') });
const quiet = { context: plainContext(), onProgress: () => {}, onRunFolder: () => {} };

const bytesOf = (codes: ArrayLike<number>): Uint8Array => new Uint8Array(Int8Array.from(codes).buffer);

/** What the DPU gives for each picture, from our evaluation of the exported graph. */
async function dpuAnswers(model: string, resolved: ResolvedRecipe): Promise<typeof answers> {
  const scanned = await scanModel(model);
  const chosen = await picturesFor(scanned, resolved, undefined, quiet.context);
  const { files } = await writePictures(scanned, chosen, path.join(root, 'inputs'), quiet.context.signal, () => {});
  const [data] = quantized.ops.filter(({ type }) => type === 'data');
  const fix = quantized.ops.find(({ type, inputs }) => type === 'fix' && inputs.get('input')![0] === data!.name)!;
  const results = quantized.attributes.get('return_ops');
  const names = results?.kind === 'string_vec' ? results.value : [];
  const found = await Promise.all(
    files.map(async (file) => {
      const tensor = await readTensorFile(file);
      const values = permuted(tensor.data as Float32Array, tensor.dims, [0, 2, 3, 1]);
      const all = evaluateXir(quantized, new Map([[data!.name, values]]));
      return { input: bytesOf(all.get(fix.name)!.integers!), results: names.map((name) => all.get(name)!) };
    }),
  );
  return {
    integers: found.map(({ input, results: of }) => ({ input, outputs: of.map(({ integers }) => bytesOf(integers!)) })),
    floats: found.map(({ input, results: of }) => ({
      input,
      outputs: of.map((one) => new Uint8Array(Float32Array.from(one.data).buffer)),
    })),
  };
}

beforeAll(async () => {
  if (missing) return;
  root = mkdtempSync(path.join(tmpdir(), 'lathe-zcu104-'));
  chmodSync(root, 0o755); // the server's user is another one
  recipeText = recipe();
  const done = (await runJob({ kind: 'run', recipe: job(recipeText) }, quiet)) as RunDocument;
  run = done.run;
  const model = done.models.findLast(({ role }) => role === 'output')!.path;
  const { runs, ...source } = job(recipeText);
  const resolved = requireResolved(await prepareRecipe(source, { runs, for: 'run' }));
  quantized = exportXmodel(await readModel(model), 'shapes').graph;
  answers = await dpuAnswers(model, resolved);
}, 120_000);

let board: TestBoard | undefined;
afterEach(async () => {
  await board?.stop();
  board = undefined;
});
afterAll(() => root && rmSync(root, { recursive: true, force: true }));

interface Trial {
  readonly setup?: Partial<DpuBoardSetup>;
  readonly fingerprint?: bigint;
  /** The second activation is left to the CPU: two sub-graphs on the DPU. */
  readonly split?: boolean;
  readonly entry?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (phase: string, board: TestBoard) => void;
}

let boards = 0;

/** A board over ssh that has what `setup` says, a compiler here, and the deployment to it. */
async function deploy({
  setup,
  fingerprint = 0x101000056010407n,
  split,
  entry = '',
  signal,
  onProgress,
}: Trial = {}): Promise<DeployDocument> {
  const folder = path.join(root, `board${boards++}`);
  mkdirSync(folder);
  const onCpu = split ? [quantized.ops.filter(({ type }) => type === 'relu')[1]!.name] : [];
  const compiled = compileForTests(quantized, { fingerprint, onCpu });
  const { environment } = await makeDpuBoard(folder, { compiled, answers: answers[split ? 'floats' : 'integers'], ...setup });
  board = await startBoard({ environment: { ...environment, PATH: `${path.join(folder, 'bin')}:/usr/bin:/bin` } });
  const tools = path.join(root, 'tools');
  mkdirSync(tools, { recursive: true });
  writeFileSync(path.join(root, 'compiled.xmodel'), xirBytes(compiled));
  // The vendor's compiler: -x MODEL -a ARCH -o FOLDER -n NAME.
  const script = `#!/bin/sh\nwhile [ $# -gt 1 ]; do case $1 in -o|--output_dir) out=$2;; -n|--net_name) name=$2;; esac; shift; done\nmkdir -p "$out"\ncp '${root}/compiled.xmodel' "$out/$name.xmodel"\necho '[UNILOG][INFO] Compile done.'\n`;
  writeFileSync(path.join(tools, 'vai_c_xir'), script, { mode: 0o755 });
  const { PATH } = process.env;
  process.env['PATH'] = [board.programs, tools, PATH].join(':');
  try {
    const place = `host: ${board.host}, port: ${board.port}, user: ${board.user}, identity: ${board.identity}`;
    const text = recipe(`deploy: { target: zcu104, ${place}, runs: 10, warm-up: 1, seconds: 0.2${entry} }`);
    const context = plainContext({ ...(signal ? { signal } : {}) });
    const [document] = await runJob(
      { kind: 'deploy', recipe: job(text), run },
      { ...quiet, context, onProgress: ({ phase }) => onProgress?.(phase, board!) },
    );
    return document!;
  } finally {
    process.env['PATH'] = PATH;
  }
}

/** What is left of jobs in our folder on the board; clearing away goes on there when the job has ended here. */
const jobsLeft = (): string[] => readdirSync(path.join(board!.home, 'lathe/jobs'), { recursive: true, encoding: 'utf8' });

describe.skipIf(missing !== undefined)('the ZCU104 over ssh', () => {
  it('runs the compiled model, whose outputs are the simulation’s bit for bit, and keeps the figures with the run', async () => {
    const document = await deploy({ entry: ', threads: [1, 2]' });
    expect(document.error).toBeUndefined();
    expect(document.board).toBe('DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz');
    expect(document.outputsMatch).toMatchObject({ pictures, maxAbs: 0 });
    expect(document.outputsMatch!.equal).toBe(document.outputsMatch!.elements);
    expect(document.metrics!.board!.value).toBe(document.metrics!.simulated!.value);
    expect(document.metrics!.board!.samples).toBe(pictures);
    expect(document.metrics!.board!.simulated).toBeUndefined();
    expect(document.latencyMs!.runs).toBe(10);
    expect(document.fps!.map(({ threads }) => threads)).toEqual([1, 2]);
    expect(document.model.subgraphs).toEqual({ total: 3, accelerator: 1 });
    // One model stays on the board, and nothing of the job.
    expect(jobsLeft()).toEqual([]);
    const summary = await new RunCatalog().read(run);
    expect(summary.deployments).toMatchObject([{ target: 'zcu104', host: '127.0.0.1', outputsMatch: document.outputsMatch }]);
    const report = readFileSync(path.join(run, 'report.html'), 'utf8');
    expect(report).toContain('From the float model to the board');
    expect(report).toContain('zcu104 at 127.0.0.1');
  });

  it('runs two sub-graphs in turn, and says that there is no sensor of power', async () => {
    const document = await deploy({ split: true, entry: ', power: true' });
    expect(document.error).toBeUndefined();
    expect(document.outputsMatch!.equal).toBe(document.outputsMatch!.elements);
    expect(document.model.subgraphs).toEqual({ total: 5, accelerator: 2 });
    expect(document.power).toBeUndefined();
    const said = document.warnings.join('\n');
    expect(said).toMatch(/The power was not measured: no sensor/);
    expect(said).toMatch(/of all 3 sub-graphs, 2 on the DPU and 1 on the CPU/);
  });

  it('a line that is lost ends what runs there and clears it away', async () => {
    const running = deploy({ setup: { mode: 'hang' }, onProgress: (phase, on) => /run on the dpu/i.test(phase) && on.cut() });
    expect((await running).error).toMatchObject({ code: expect.stringMatching(/^(ssh|board)\./) as string });
    await expect.poll(jobsLeft, { timeout: 20_000 }).toEqual([]);
  });

  it.each<[string, Trial, string]>([
    ['a board with an older image', { setup: { query: zcu104Query('0x101000016010407') } }, 'compile.wrong-output'],
    ['a board without VART', { setup: { modules: ['xir'] } }, 'board.missing'],
    ['a DPU that does not answer', { setup: { mode: 'timeout' } }, 'board.timeout'],
    ['two sub-graphs without what runs them', { split: true, setup: { modules: ['xir', 'vart'] } }, 'board.graph-runner'],
    ['a busy DPU', { setup: { mode: 'busy' } }, 'board.busy'],
  ])('%s fails with what to do, and is left clean', async (_, trial, code) => {
    const { error } = await deploy(trial);
    expect(error).toMatchObject({ code, hint: expect.any(String) as string });
    expect(jobsLeft()).toEqual([]);
  });

  it('ends what runs on the board when it is cancelled', async () => {
    const abort = new AbortController();
    const running = deploy({
      setup: { mode: 'hang' },
      signal: abort.signal,
      onProgress: (phase) => /run on the dpu/i.test(phase) && abort.abort(),
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(jobsLeft, { timeout: 20_000 }).toEqual([]);
  });
});
