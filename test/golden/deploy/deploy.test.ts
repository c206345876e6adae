import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { runJob, type JobDeps } from '../../../src/engine/pipeline/jobs.ts';
import type { JobProgress } from '../../../src/protocol/job.ts';
import type { DeployDocument } from '../../../src/protocol/results/board.ts';
import { startSlowLink } from '../../support/slow-link.ts';
import { startBoard, whyNoSshd, type TestBoard } from '../../support/sshd.ts';

const reason = whyNoSshd();
if (reason) console.warn(`skipped: ${reason}`);

const root = path.resolve(import.meta.dirname, '../../..');
const sample = path.join(root, 'samples/shapes');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-deploy-test-'));
const before = process.env['PATH'];

/** ONNX Runtime for the board's Node is that of the repository. */
const withRuntime = {
  environment: { NODE_PATH: path.join(root, 'node_modules'), PATH: `${path.dirname(process.execPath)}:/usr/bin:/bin` },
};

function use(board: TestBoard): void {
  process.env['PATH'] = `${board.programs}${path.delimiter}${before}`;
}

const entryOf = ({ host, port, user, identity }: TestBoard, more: Record<string, unknown> = {}) => ({
  target: 'cpu',
  ...{ host, port, user, identity },
  ...{ runs: 20, 'warm-up': 2, seconds: 0.2, threads: [1, 2], pictures: 60 },
  ...more,
});

/** The sample's recipe with a few pictures, and these entries. */
const recipeFor = (deploy: unknown, more = '') => ({
  text: `${fs.readFileSync(path.join(sample, 'shapes.compress.yaml'), 'utf8')}${more}deploy: ${JSON.stringify(deploy)}\n`,
  file: path.join(sample, 'deploy-test.compress.yaml'),
  runs: path.join(folder, 'runs'),
  overrides: { 'data.calibration.count': 20 },
});

const depsWith = (onProgress: (progress: JobProgress) => void = () => {}, signal = new AbortController().signal): JobDeps => ({
  context: plainContext({ signal }),
  onProgress,
  onRunFolder() {},
});

const deploy = (entries: unknown, more: { run?: string; dryRun?: boolean } = {}, deps = depsWith()): Promise<DeployDocument[]> =>
  runJob({ kind: 'deploy', recipe: recipeFor(entries), ...more }, deps);

const jobsOn = (board: TestBoard): string[] => {
  const jobs = path.join(board.home, 'lathe/jobs');
  return fs.existsSync(jobs) ? fs.readdirSync(jobs) : [];
};
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe.skipIf(reason !== undefined)('deploy', () => {
  let board: TestBoard;
  let run: string;

  beforeAll(async () => {
    board = await startBoard(withRuntime);
    use(board);
  });
  afterAll(async () => {
    await board?.stop();
    process.env['PATH'] = before;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it('runs the recipe, copies its model, runs it there with ONNX Runtime, and compares', async () => {
    await expect(deploy(entryOf(board))).rejects.toMatchObject({ code: 'deploy.no-run' });
    const fractions: number[] = [];
    const [document] = await deploy(
      entryOf(board),
      { run: 'new' },
      depsWith(({ fraction }) => fractions.push(fraction)),
    );
    expect(document).toMatchObject({
      target: 'cpu',
      host: '127.0.0.1',
      board: expect.stringMatching(/onnxruntime/),
      measured: expect.stringMatching(/^\d{4}-/),
      latencyMs: { runs: 20 },
      fps: [{ threads: 1 }, { threads: 2 }],
      metrics: { float: { metric: 'top1', samples: 60 }, simulated: { samples: 60 }, board: { metric: 'top1', samples: 60 } },
      outputsMatch: { pictures: 60, elements: 600 },
      findings: [],
    });
    expect(document).not.toHaveProperty('error');
    const { latencyMs, fps, outputsMatch, metrics, steps, model } = document!;
    expect(latencyMs!.median).toBeGreaterThan(0);
    expect(latencyMs!.p90).toBeGreaterThanOrEqual(latencyMs!.median);
    expect(fps!.every((one) => one.fps > 1)).toBe(true);
    // Fused kernels may round an exact tie the other way than the operators as they are written.
    expect(outputsMatch!.equal).toBeGreaterThan(590);
    expect(outputsMatch!.maxSteps).toBeLessThan(1.01);
    expect(Math.abs(metrics!.board!.value - metrics!.simulated!.value)).toBeLessThan(2);
    expect(steps.map(({ state }) => state)).toEqual(steps.map(() => 'done'));
    expect(steps.map(({ title }) => title)).toEqual([
      'Check the model',
      'Connect',
      'Look at the board',
      'Compile',
      'Prepare pictures',
      'Copy',
      'Run with ONNX Runtime',
      'Fetch results',
      'Compare and measure',
      'Clear away',
    ]);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    run = document!.run;
    expect(model.path).toBe(path.join(run, 'models/model_quantize.onnx'));
    expect(JSON.parse(fs.readFileSync(path.join(run, 'deploy/cpu-127.0.0.1.json'), 'utf8'))).toMatchObject({ target: 'cpu', outputsMatch });
    expect(fs.readFileSync(path.join(run, 'report.html'), 'utf8')).toContain('onnxruntime');
    // Nothing else is left, in our folder or beside it.
    expect(fs.readdirSync(board.home)).toEqual(['lathe']);
    expect(fs.readdirSync(path.join(board.home, 'lathe')).sort()).toEqual(['jobs', 'models']);
    expect(jobsOn(board)).toEqual([]);
  });

  it('finds the newest run, whatever its boards; leaves nothing where nothing is to be kept', async () => {
    const [document] = await deploy(entryOf(board, { keep: false, runs: 5, pictures: 3, power: true }));
    expect(document).toMatchObject({ run, outputsMatch: { pictures: 3 } });
    expect(document!.steps.find(({ title }) => title === 'Copy')!.detail).toMatch(/there already/);
    expect(document!.warnings.join('\n')).toMatch(/power of this kind of board is not measured/);
    expect(fs.readdirSync(path.join(board.home, 'lathe/models'))).toEqual([]);
  });

  it('one entry that fails does not lose the others; one without a host is planned', async () => {
    const documents = await deploy([entryOf(board, { port: 1 }), { target: 'cpu' }, entryOf(board, { pictures: 2 })]);
    expect(documents.map(({ error }) => error?.code)).toEqual(['ssh.refused', undefined, undefined]);
    expect(documents[0]!.steps.map(({ title, state }) => [title, state])).toEqual(
      expect.arrayContaining([
        ['Connect', 'failed'],
        ['Copy', 'skipped'],
      ]),
    );
    expect(documents[1]!.host).toBeNull();
    expect(documents[1]!.steps.every(({ state }) => state === 'planned')).toBe(true);
    expect(documents[2]).toMatchObject({ outputsMatch: { pictures: 2 } });
    await expect(runJob({ kind: 'deploy', recipe: recipeFor([]) }, depsWith())).rejects.toMatchObject({
      code: expect.stringMatching(/deploy|recipe/),
    });
    await expect(runJob({ kind: 'deploy', recipe: recipeFor([entryOf(board)]), entries: [3] }, depsWith())).rejects.toMatchObject({
      code: 'deploy.entries',
    });
  });

  it('a plan starts nothing', async () => {
    const processes = { find: () => Promise.resolve(undefined), run: () => Promise.reject(new Error('something was started')) };
    const [document] = await runJob({ kind: 'deploy', recipe: recipeFor(entryOf(board)), dryRun: true }, { ...depsWith(), processes });
    expect(document!.steps.every(({ state }) => state === 'planned')).toBe(true);
    const text = document!.plan.map((command) => command.text).join('\n');
    expect(text).toMatch(new RegExp(`^ssh .*-o Port=${board.port} -o User=board -i ${board.identity} .*-T -- 127\\.0\\.0\\.1 `));
    expect(text).toContain(`put "${path.join(run, 'models/model_quantize.onnx')}" "./lathe/jobs/job-XXXXXX/model.onnx"`);
    expect(text).toMatch(/python3 run\.py/);
    const planned = await deploy([{ target: 'cpu', host: 'nowhere.invalid' }], { dryRun: true, run: 'new' });
    expect(planned[0]).toMatchObject({ host: 'nowhere.invalid', model: { bytes: 0 } });
    expect(planned[0]).not.toHaveProperty('error');
  });

  it('says what a board lacks before anything is copied', async () => {
    const bare = await startBoard({ environment: { PATH: '/usr/bin:/bin' } });
    use(bare);
    const [document] = await deploy(entryOf(bare));
    expect(document!.error).toMatchObject({
      code: 'board.missing',
      message: /lacks ONNX Runtime/,
      hint: expect.stringMatching(/install/i),
    });
    expect(fs.readdirSync(path.join(bare.home, 'lathe/models'))).toEqual([]);
    expect(jobsOn(bare)).toEqual([]);
    await bare.stop();
    use(board);
  });

  it('a line that is lost in any step is an error of that step, and the board clears itself', async () => {
    for (const phase of ['Look at the board', 'Copy', 'Run with ONNX Runtime', 'Fetch results']) {
      let cut = false;
      const onProgress = (progress: JobProgress): void => {
        if (progress.phase !== phase || cut) return;
        cut = true;
        setTimeout(() => board.cut(), 20);
      };
      const [document] = await deploy(entryOf(board, { runs: 3000 }), {}, depsWith(onProgress));
      expect({ phase, ...document!.error }).toMatchObject({ code: 'ssh.lost' });
      expect(document!.steps.filter(({ state }) => state === 'failed')).toHaveLength(1);
      await until(() => jobsOn(board).length === 0);
    }
  }, 120_000);

  it('a cancel in any step ends it, and clears the board', async () => {
    for (const phase of [
      'Check the model',
      'Connect',
      'Look at the board',
      'Prepare pictures',
      'Copy',
      'Run with ONNX Runtime',
      'Compare and measure',
    ]) {
      const controller = new AbortController();
      const onProgress = (progress: JobProgress): void => void (progress.phase === phase && setTimeout(() => controller.abort(), 5));
      const began = deploy(entryOf(board, { runs: 3000 }), {}, depsWith(onProgress, controller.signal));
      await expect(began.then(() => phase)).rejects.toMatchObject({ code: 'cancelled', exitCode: 130 });
      await until(() => jobsOn(board).length === 0);
    }
  }, 120_000);

  it('goes on over a slow line after it broke', async () => {
    const { openBoard } = await import('../../../src/engine/transport/ssh/open-board.ts');
    const { systemProcesses } = await import('../../../src/engine/transport/processes.ts');
    const signal = new AbortController().signal;
    const model = path.join(folder, 'large.onnx');
    fs.writeFileSync(model, Buffer.from(Array.from({ length: 600_000 }, (_, i) => (i * 7) & 255)));
    const link = await startSlowLink(board.port, { bytesPerSecond: 1_000_000, breakAfter: 350_000 });
    const open = () => openBoard({ ...board, port: link.port }, systemProcesses(), { folder: 'lathe', signal });
    const first = await open();
    await expect(first.putModel(model, 'm', { signal })).rejects.toMatchObject({ code: 'ssh.lost' });
    await first.close();
    const second = await open();
    const { sentBytes, kept } = await second.putModel(model, 'm', { signal });
    expect(sentBytes).toBeGreaterThan(0);
    expect(sentBytes).toBeLessThan(600_000);
    await second.removeModel(kept, signal);
    await second.close();
    link.stop();
  });

  it('boards tell what they are and which models lie on them', async () => {
    await deploy(entryOf(board, { pictures: 1 }));
    const entry = entryOf(board);
    const state = await runJob({ kind: 'board', entry }, depsWith());
    expect(state).toMatchObject({
      state: 'ready',
      host: '127.0.0.1',
      missing: [],
      models: [{ name: expect.stringMatching(/^model_quantize-/) }],
    });
    const removed = await runJob({ kind: 'board', entry, remove: state.models[0]!.name }, depsWith());
    expect(removed.models).toEqual([]);
    await expect(runJob({ kind: 'board', entry, remove: '../../x' }, depsWith())).rejects.toMatchObject({ code: 'board.no-model' });
    expect(await runJob({ kind: 'board', entry: { ...entry, port: 1 } }, depsWith())).toMatchObject({
      state: 'unreachable',
      summary: /takes no ssh/,
    });
  });
});
