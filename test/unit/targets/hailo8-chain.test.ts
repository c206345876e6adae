import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findRunner } from '../../../src/engine/targets/boards.ts';
import type { RunRequest } from '../../../src/engine/targets/run-plan.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-hailo-chain-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const runner = findRunner('hailo8')!;
const stage = (alias: string): NonNullable<RunRequest['chain']>['stages'][number] => {
  const model = path.join(folder, `${alias}.hef`);
  fs.writeFileSync(model, alias);
  return { alias, model, inputs: [], outputs: [], passes: [] };
};
const request: RunRequest = {
  model: folder,
  inputs: [],
  entry: { target: 'hailo8', seconds: 1 },
  chain: { stages: [stage('restore'), stage('detect')], queue: 1 },
};

/** Acts as hailortcli run2 of HailoRT 4.23 does: writes what it was asked for as JSON, rates as text. */
const program = `#!/bin/sh
echo "$@" >> calls
while [ "$1" != -j ]; do shift; done
json=$2
groups=
while [ $# -gt 0 ]; do
  if [ "$1" = set-net ]; then
    name=$(cat "$2")
    case $name in restore) fps=100.5 ms=4.5 ;; *) fps=250.25 ms=2 ;; esac
    groups="$groups\${groups:+,}{\\"name\\":\\"$name\\",\\"FPS\\":\\"$fps\\",\\"overall_latency\\":$ms}"
  fi
  shift
done
echo "{\\"network_groups\\":[$groups]}" > "$json"
`;

/** The job's folder after its step. */
function run(): { job: string; log: string } {
  const job = fs.mkdtempSync(path.join(folder, 'job-'));
  const plan = runner.plan(request);
  for (const file of plan.files)
    if ('text' in file) fs.writeFileSync(path.join(job, file.name), file.text);
    else fs.copyFileSync(file.local, path.join(job, file.name));
  fs.writeFileSync(path.join(job, 'hailortcli'), program, { mode: 0o755 });
  const [{ command }] = plan.steps as [(typeof plan.steps)[number]];
  const done = spawnSync(command[0], command.slice(1), {
    cwd: job,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${job}:${process.env['PATH']}` },
  });
  expect(done.stderr).toBe('');
  return { job, log: done.stdout };
}

describe('several networks on a Hailo-8', () => {
  it('are measured alone, then under the scheduler; the slowest limits the chain', async () => {
    const { job, log } = run();
    expect(fs.readFileSync(path.join(job, 'calls'), 'utf8').trim().split('\n')).toEqual([
      'run2 -t 1 -j alone-0.json --measure-overall-latency set-net network-0.hef',
      'run2 -t 1 -j alone-1.json --measure-overall-latency set-net network-1.hef',
      'run2 -t 1 -j together.json --measure-overall-latency set-net network-0.hef set-net network-1.hef',
    ]);
    const figures = await runner.read(job, { run: log }, request);
    expect(figures.fps).toEqual([{ threads: 1, fps: 100.5 }]);
    expect(figures.notes.join('\n')).toMatch(/restore 100\.5 FPS \(4\.50 ms\).*restore limits the chain.*6\.50 ms at least/s);
  });

  it.each([
    ['{"network_groups":[]}', 'board.result'],
    ['{"network_groups":[{"FPS":"fast"},{"FPS":"0"}]}', 'board.result'],
    ['{', 'board.result'],
  ])('that come back as %s are an error', async (text, code) => {
    const { job, log } = run();
    fs.writeFileSync(path.join(job, 'together.json'), text);
    await expect(runner.read(job, { run: log }, request)).rejects.toMatchObject({ code });
  });

  it('tell what the tool said where it failed', async () => {
    const { job } = run();
    const log = '[HailoRT CLI] [error] CHECK failed - no device';
    await expect(runner.read(job, { run: log }, request)).rejects.toMatchObject({
      code: 'board.run',
      message: expect.stringMatching(/no device/),
    });
  });
});
