import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FakeVitis, type Scenario } from '../../support/fake-vitis/index.ts';
import { compiledXmodel, quantizedOnnx } from '../../support/fake-vitis/model.ts';
import { buildLathe, lathe, latheJson, pressCtrlC, startLathe } from '../../support/lathe.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-cli-compile-'));
const model = path.join(folder, 'net.onnx');
const compiled = path.join(folder, 'made.xmodel');
const image = 'xilinx/vitis-ai-pytorch-cpu:ubuntu2004-3.0.0.106';

beforeAll(() => {
  buildLathe();
  writeFileSync(model, quantizedOnnx());
  writeFileSync(compiled, compiledXmodel({ fingerprint: 0x101000056010407n, onCpu: ['_features_1_Relu'] }));
});
afterAll(() => rmSync(folder, { recursive: true }));

let fake: FakeVitis | undefined;
afterEach(() => fake?.close());
const withPrograms = (programs: readonly string[], scenario: Scenario): FakeVitis => (fake = new FakeVitis(programs, scenario));

const log = [
  '[UNILOG][WARNING] xir::Op{name = _features_1_Relu, type = relu-fix} has been assigned to CPU: [DPU does not like it].',
  '[UNILOG][INFO] Total device subgraph number 5, DPU subgraph number 2',
];

describe('lathe compile', () => {
  it('prints what it would do, for a shell', () => {
    withPrograms(['docker'], { images: [image] });
    const { code, stdout, stderr } = lathe(['compile', 'net.onnx', '--target', 'zcu104', '--dry-run'], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('net-zcu104/.work/arch.json  {"target":"DPUCZDX8G_ISA1_B4096"}');
    expect(stdout).toMatch(
      /^cd .*\.work && \S+docker run --rm --name lathe-[0-9a-f]{12} --pull never --network none .* vai_c_xir -x net_int\.xmodel -a arch\.json/m,
    );
    expect(fake!.calls()).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['made.xmodel', 'net.onnx']);
  });

  it('tells sub-graphs, what the processor got and why, and where the file is', () => {
    withPrograms(['vai_c_xir'], { log, output: compiled });
    const { code, stdout } = lathe(['compile', 'net.onnx', '--target', 'zcu104', '-o', 'out'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/out\/net\.xmodel {2}/);
    expect(stdout).toContain('2 on the accelerator, 5 in all');
    expect(stdout).toMatch(/\/features\/1\/Relu +relu-fix +DPU does not like it/);
    const { document } = latheJson(['compile', model, '--target', 'zcu104', '-o', path.join(folder, 'out')]);
    expect(document).toMatchObject({
      command: 'compile',
      fingerprint: '0x101000056010407',
      subgraphs: { total: 5, accelerator: 2 },
      missing: [],
    });
  });

  it('fails with what the tool said, once for people', () => {
    withPrograms(['vai_c_xir'], { log: ['[UNILOG][FATAL][XCOM_PM_FAIL][The pass failed] _head_Conv'] });
    const { code, stderr, stdout } = lathe(['compile', 'net.onnx', '--target', 'zcu104', '-o', 'bad'], { cwd: folder });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      'lathe: Compile with vai_c_xir: one of the compiler’s passes failed: The pass failed _head_Conv (it ended with exit code 0)',
    );
    expect(stderr).toContain(path.join(folder, 'bad/compile.log'));
  });

  it.each([
    [['--version', '1.0'], 2, 'compile.version'],
    [['--version', '--rm'], 2, 'cli.option-value'],
    [['--image', '--privileged'], 2, 'cli.option-value'],
    [['--architecture', 'b4096; rm'], 2, 'cli.option-value'],
    [['--container', 'lxc'], 2, 'cli.option-value'],
    [['--limit', '0'], 2, 'cli.option-value'],
    [['--container', 'none'], 1, 'compile.tool-missing'],
  ])('refuses %j', (options, exit, expected) => {
    withPrograms([], {});
    const { code, document } = latheJson(['compile', model, '--target', 'zcu104', ...options]);
    expect([code, (document['error'] as { code: string }).code]).toEqual([exit, expected]);
  });

  it('ends with its container on Ctrl-C', async () => {
    withPrograms(['docker', 'vai_c_xir'], { hang: true, images: [image] });
    const child = startLathe(['compile', 'net.onnx', '--target', 'zcu104', '--container', 'docker', '-o', 'cancelled'], folder);
    await appears(fake!.hanging);
    pressCtrlC(child);
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(130);
    expect(readdirSync(fake!.containers)).toEqual([]);
    expect(commandLine(readFileSync(fake!.hanging, 'utf8'))).toBe('');
  });
});

it('a container does not outlive a Lathe that is killed', async () => {
  withPrograms(['docker', 'vai_c_xir'], { hang: true, images: [image] });
  const child = startLathe(['compile', 'net.onnx', '--target', 'zcu104', '--container', 'docker', '-o', 'killed'], folder);
  await appears(fake!.hanging);
  const [name] = readdirSync(fake!.containers);
  child.kill('SIGKILL');
  await disappears(path.join(fake!.containers, name!));
  expect(commandLine(readFileSync(fake!.hanging, 'utf8'))).toBe('');
});

/** Of a process that runs; empty for one that has ended, also while its parent has not asked how. */
function commandLine(pid: string): string {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

const appears = (file: string): Promise<void> => becomes(file, true);
const disappears = (file: string): Promise<void> => becomes(file, false);

function becomes(file: string, there: boolean): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(path.dirname(file), () => existsSync(file) === there && done());
    const done = (): void => {
      watcher.close();
      resolve();
    };
    if (existsSync(file) === there) done();
  });
}
