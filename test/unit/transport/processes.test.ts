import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Command, CommandOptions } from '../../../src/engine/base/command.ts';
import { systemProcesses } from '../../../src/engine/transport/processes.ts';

const processes = systemProcesses();
const never = new AbortController().signal;
const node = (script: string, ...rest: string[]): Command => ({ program: process.execPath, arguments: ['-e', script, ...rest] });
const run = (command: Command, options: Partial<CommandOptions> = {}) => processes.run(command, { signal: never, ...options });
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};
/** A child that starts a child of its own, which ignores SIGTERM and holds the pipes. */
const family = `
  const { spawn } = require('node:child_process');
  const child = spawn('sh', ['-c', 'trap "" TERM HUP; while :; do sleep 1; done'], { stdio: 'inherit' });
  console.log(child.pid);
  setInterval(() => {}, 1000);`;

describe('processes', () => {
  it('pass arguments as they are, and give back exit code and output', async () => {
    const odd = ['a b', '$(touch x)', '"', "'", '\n', '-rf', '*', 'ü'];
    const { exitCode, stdout, stderr, timedOut, truncated } = await run(
      node('console.log(JSON.stringify(process.argv.slice(1))); console.error("no"); process.exitCode = 3', '--', ...odd),
    );
    expect({ exitCode, stderr, timedOut, truncated }).toEqual({ exitCode: 3, stderr: 'no\n', timedOut: false, truncated: false });
    expect(JSON.parse(stdout)).toEqual(odd);
  });

  it('write input, folder and environment', async () => {
    const folder = fs.realpathSync(os.tmpdir());
    const script = 'process.stdin.pipe(process.stdout); process.stdin.on("end", () => console.log(process.cwd(), process.env.OF_TEST))';
    const { stdout } = await run({ ...node(script), input: 'in\n', folder, environment: { OF_TEST: 'yes' } });
    expect(stdout).toBe(`in\n${folder} yes\n`);
  });

  it('keep standard input open for whoever asks', async () => {
    let write = (_: string): void => {};
    const script = 'console.log("ready"); process.stdin.once("data", (text) => { console.log("got " + text); process.exit() })';
    const { stdout } = await run(node(script), { onInput: (to) => (write = to), onLine: (line) => line === 'ready' && write('more') });
    expect(stdout).toBe('ready\ngot more\n');
  });

  it('tell lines as they come, whole characters, cut where one is endless', async () => {
    const lines: string[] = [];
    const script = `const b = Buffer.from('añ€😀'); let i = 0;
      const next = () => i < b.length ? process.stdout.write(b.subarray(i, ++i), () => setImmediate(next)) : process.stdout.write('\\r\\n\\r50%\\rdone\\n' + 'x'.repeat(70000) + '\\nlast');
      next();`;
    await run(node(script), { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['añ€😀', '', '50%', 'done', 'x'.repeat(16384), 'last']);
  });

  it('keep the end of an endless output, from a whole character on', async () => {
    const { stdout, truncated } = await run(node(`process.stdout.write('€'.repeat(400000) + 'end')`), { keptBytes: 1000 });
    expect(truncated).toBe(true);
    expect(stdout).toMatch(/^€+end$/);
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(1000);
    expect(Buffer.byteLength(stdout)).toBeGreaterThan(990);
  });

  it('say what is missing or can’t be started', async () => {
    await expect(run({ program: 'no-such-program-of-lathe', arguments: [] })).rejects.toMatchObject({
      code: 'process.not-found',
      exitCode: 1,
    });
    await expect(run({ program: 'sh', arguments: ['a\0b'] })).rejects.toMatchObject({ code: 'process.start' });
    await expect(run({ ...node('0'), folder: '/no/such/folder' })).rejects.toMatchObject({ code: 'process.start', message: /no folder/ });
    await expect(run({ program: os.tmpdir(), arguments: [] })).rejects.toMatchObject({ code: 'process.start' });
  });

  it('find programs in PATH only', async () => {
    expect(await processes.find('sh')).toMatch(/\/sh$/);
    expect(await processes.find(process.execPath)).toBe(process.execPath);
    for (const none of ['no-such-program-of-lathe', '', '../sh', 'a\0b', path.join(os.tmpdir(), 'nothing')]) {
      expect(await processes.find(none)).toBeUndefined();
    }
  });

  it.skipIf(process.platform !== 'linux')('end with all that they started, when cancelled and at the limit', async () => {
    for (const how of ['cancel', 'limit'] as const) {
      const controller = new AbortController();
      let grandchild = 0;
      const running = run(node(family), {
        signal: controller.signal,
        ...(how === 'limit' ? { limitMs: 2000 } : {}),
        onLine: (line) => {
          grandchild = Number(line);
          if (how === 'cancel') controller.abort();
        },
      });
      if (how === 'cancel') await expect(running).rejects.toMatchObject({ code: 'cancelled', exitCode: 130 });
      else await expect(running).resolves.toMatchObject({ timedOut: true });
      expect(grandchild).toBeGreaterThan(0);
      expect(alive(grandchild)).toBe(false);
    }
  });

  it('are not waited for by what they leave in the background', async () => {
    const script = `require('node:child_process').spawn('sleep', ['20'], { stdio: 'inherit', detached: true }).unref(); console.log('left')`;
    expect(await run(node(script))).toMatchObject({ exitCode: 0, stdout: 'left\n' });
  });

  it('do not start once cancelled', async () => {
    await expect(run(node('0'), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
