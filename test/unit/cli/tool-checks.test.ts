import { afterEach, expect, it } from 'vitest';
import { compilerChecks } from '../../../src/cli/tool-checks.ts';
import { systemProcesses } from '../../../src/engine/transport/processes.ts';
import { FakeVitis } from '../../support/fake-vitis/index.ts';

let fake: FakeVitis | undefined;
afterEach(() => fake?.close());

const checks = async (): Promise<Record<string, [ok: boolean, found: string]>> =>
  Object.fromEntries((await compilerChecks(systemProcesses())).map(({ name, ok, found }) => [name, [ok, found]]));

it('where there is nothing, all is missing, with how to get it', async () => {
  fake = new FakeVitis([], {});
  for (const { ok, found, advice } of await compilerChecks(systemProcesses())) {
    expect(ok).toBe(false);
    expect(found).toMatch(/^not found$|^no image$|^not in PATH$/);
    expect(advice).toBeTruthy();
  }
});

it('a Docker that does not run is told from one that is not there', async () => {
  fake = new FakeVitis(['docker'], { daemon: false });
  const found = await checks();
  expect(found['Docker']).toEqual([false, expect.stringContaining('does not answer: Cannot connect') as string]);
  expect(found['Podman']).toEqual([false, 'not found']);
});

it('what is there is told with its versions', async () => {
  fake = new FakeVitis(['docker', 'podman', 'vai_c_xir'], { images: ['xilinx/vitis-ai-pytorch-cpu:ubuntu2004-3.0.0.106'] });
  const found = await checks();
  expect(found).toMatchObject({ Docker: [true, 'server 27.5.1'], Podman: [true, '27.5.1'], vai_c_xir: [true, `${fake.folder}/vai_c_xir`] });
  expect(found['Vitis AI']).toEqual([
    true,
    'xilinx/vitis-ai-pytorch-cpu:ubuntu2004-3.0.0.106 (docker), xilinx/vitis-ai-pytorch-cpu:ubuntu2004-3.0.0.106 (podman)',
  ]);
});
