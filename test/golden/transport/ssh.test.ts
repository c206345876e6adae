import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemProcesses } from '../../../src/engine/transport/processes.ts';
import type { Board } from '../../../src/engine/transport/ssh/board.ts';
import { openBoard } from '../../../src/engine/transport/ssh/open-board.ts';
import { startBoard, whyNoSshd, type TestBoard } from '../../support/sshd.ts';

const reason = whyNoSshd();
if (reason) console.warn(`skipped: ${reason}`);

const signal = new AbortController().signal;
const limitMs = 30_000;
const before = process.env['PATH'];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lathe-ssh-test-'));
const local = (name: string, data: string | Uint8Array): string => {
  fs.writeFileSync(path.join(folder, name), data);
  return path.join(folder, name);
};

let server: TestBoard;
/** With the test's own ssh configuration instead of the user's. */
function use(board: TestBoard): void {
  process.env['PATH'] = `${board.programs}${path.delimiter}${before}`;
}
const connect = (board: TestBoard, into = 'lathe', abort: AbortSignal = signal): Promise<Board> =>
  openBoard(board, systemProcesses(), { folder: into, signal: abort });
const jobsOn = (board: TestBoard, into = 'lathe'): string[] => fs.readdirSync(path.join(board.home, into, 'jobs'));
/** Until the board has done something by itself. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 50));
}
const isAlive = (pid: number): boolean => fs.existsSync(`/proc/${pid}`) && !fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

describe.skipIf(reason !== undefined)('a board over ssh', () => {
  beforeAll(async () => {
    server = await startBoard();
    use(server);
  });
  afterAll(async () => {
    await server?.stop();
    process.env['PATH'] = before;
  });

  it('runs programs with words that mean something to shells', async () => {
    const board = await connect(server);
    const words = ['a b', '$(touch pwned)', '`id`', "it's", '"', '\\', '*', '~', '-rf', 'a\nb', '', ';', 'ü€', '!x'];
    const { exitCode, stdout } = await board.run(['printf', '%s\\0', ...words], { signal, limitMs });
    expect({ exitCode, words: stdout.split('\0').slice(0, -1) }).toEqual({ exitCode: 0, words });
    expect(await board.run(['sh', '-c', 'pwd; echo no >&2; exit 7'], { signal, limitMs })).toMatchObject({
      exitCode: 7,
      stdout: `${board.folder}/${board.job}\n`,
      stderr: 'no\n',
    });
    expect(await board.run(['no-such-program'], { signal, limitMs })).toMatchObject({ exitCode: 127 });
    await board.close();
    expect(jobsOn(server)).toEqual([]);
  });

  it('keeps nothing but models, in folders of any name', async () => {
    const name = fc.string({ unit: fc.constantFrom(...'\'"\\$`*?[]{}();&|#~ -ab.ü\u202e'), minLength: 1, maxLength: 12 });
    const usable = name.filter((text) => !/^\.*$|^~$/.test(text.trim()) && text.trim() === text);
    await fc.assert(
      fc.asyncProperty(usable, async (into) => {
        const board = await connect(server, into);
        await board.put([{ name: 'in/a.txt', text: into }], { signal });
        await board.get(['in/'], path.join(folder, 'got'), { signal, mostBytes: 1000 });
        expect(fs.readFileSync(path.join(folder, 'got/in/a.txt'), 'utf8')).toBe(into);
        expect(fs.existsSync(path.join(server.home, into, board.job, 'in/a.txt'))).toBe(true);
        await board.close();
        expect(jobsOn(server, into)).toEqual([]);
      }),
      { numRuns: 12 },
    );
  });

  it('copies files of any name here, whole or not at all', async () => {
    const board = await connect(server);
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 3);
    const odd = local('odd "name" $(x)\n\'.onnx', bytes);
    const first = await board.putModel(odd, 'model.onnx', { signal });
    expect(first).toMatchObject({ sentBytes: bytes.length, kept: expect.stringMatching(/^[\w.-]+-[0-9a-f]{12}\.onnx$/) });
    const again = await board.putModel(odd, 'other/model.onnx', { signal });
    expect(again).toEqual({ kept: first.kept, sentBytes: 0 });
    for (const name of ['model.onnx', 'other/model.onnx'])
      expect(fs.readFileSync(path.join(server.home, 'lathe', board.job, name)).equals(bytes)).toBe(true);
    expect(await board.models(signal)).toMatchObject([
      { name: first.kept, bytes: bytes.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    await board.removeModel(first.kept, signal);
    expect(await board.models(signal)).toEqual([]);
    for (const name of [first.kept, '../x', '-rf', 'a b'])
      await expect(board.removeModel(name, signal)).rejects.toMatchObject({ code: 'board.no-model' });
    await board.close();
  });

  it('goes on with a model that was copied in part, and begins again where that part is damaged', async () => {
    const bytes = Uint8Array.from({ length: 400_000 }, (_, i) => (i * 31) & 255);
    const file = local('part.onnx', bytes);
    for (const [part, sent] of [
      [bytes.slice(0, 250_000), 150_000],
      [new Uint8Array(250_000), 550_000],
      [new Uint8Array(500_000), 400_000],
    ] as const) {
      const board = await connect(server);
      const { kept } = await board.putModel(file, 'm.onnx', { signal });
      const [whole, left] = [path.join(server.home, 'lathe/models', kept), path.join(server.home, `lathe/models/.${kept}.part`)];
      fs.rmSync(whole);
      fs.writeFileSync(left, part);
      fs.chmodSync(left, 0o666);
      expect(await board.putModel(file, 'm.onnx', { signal })).toEqual({ kept, sentBytes: sent });
      expect(fs.readFileSync(whole).equals(bytes)).toBe(true);
      await board.removeModel(kept, signal);
      await board.close();
    }
  });

  it('takes nothing from the board that was not asked for', async () => {
    const board = await connect(server);
    const make = (script: string) => board.run(['sh', '-c', script], { signal, limitMs });
    const get = (mostBytes = 1e6) => board.get(['out/'], path.join(folder, 'results'), { signal, mostBytes });
    await make('mkdir out; echo a >out/a; ln -s /etc/passwd out/link; mkdir out/sub; echo b >out/.hidden');
    expect(await get()).toEqual(['out/a']);
    for (const name of ['a b', 'a\\nb', '-rf', '\\033[31m', '\\342\\200\\256']) {
      await make(`printf x >"$(printf 'out/${name}')"`);
      await expect(get()).rejects.toMatchObject({ code: expect.stringMatching(/^board\.(results|command)$/) });
      await make('rm -rf out; mkdir out');
    }
    await make('head -c 100000 /dev/zero >out/large');
    await expect(get(1000)).rejects.toMatchObject({ code: 'board.results', message: /at most 1000/ });
    await expect(board.get(['none'], folder, { signal, mostBytes: 1 })).rejects.toMatchObject({ code: 'board.results' });
    await expect(board.get(['../../x'], folder, { signal, mostBytes: 1 })).rejects.toMatchObject({ code: 'board.name' });
    await expect(board.put([{ name: '../x', text: '' }], { signal })).rejects.toMatchObject({ code: 'board.name' });
    await board.close();
  });

  it('bounds endless output, and ends what takes too long with all it started', async () => {
    const board = await connect(server);
    const { exitCode, stdout, timedOut } = await board.run(['sh', '-c', 'sleep 1000 & echo $!; wait'], { signal, limitMs: 500 });
    expect({ exitCode: exitCode === 0, timedOut }).toEqual({ exitCode: false, timedOut: true });
    expect(isAlive(Number(stdout))).toBe(false);
    const endless = await board.run(['sh', '-c', 'head -c 30000000 /dev/zero | tr "\\0" x'], { signal, limitMs, keptBytes: 1000 });
    expect(endless).toMatchObject({ truncated: true, stdout: 'x'.repeat(1000) });
    expect((await board.run(['echo', 'still there'], { signal, limitMs })).stdout).toBe('still there\n');
    await board.close();
  });

  it('is cleared away when the line is lost, and the next one cleans up after a killed keeper', async () => {
    const board = await connect(server);
    await board.put([{ name: 'a', text: 'x' }], { signal });
    let pid = 0;
    const running = board.run(['sh', '-c', 'echo $$; sleep 1000'], { signal, limitMs: 100_000, onLine: (line) => (pid = Number(line)) });
    const lost = expect(running).rejects.toMatchObject({ code: 'ssh.lost', exitCode: 1 });
    await until(() => pid > 0);
    server.cut();
    await lost;
    await until(() => jobsOn(server).length === 0 && !isAlive(pid));
    await expect(board.run(['true'], { signal, limitMs })).rejects.toMatchObject({ code: 'ssh.lost' });
    await board.close();

    const user = await connect(server);
    // Another process has the number of what ran there now.
    const left = `cd ..; mkdir of-the-user job-left; echo 999999999 1 >job-left/.keeper; echo ${process.pid} 12345 >job-left/.run-1`;
    expect(await user.run(['sh', '-c', left], { signal, limitMs })).toMatchObject({ exitCode: 0 });
    await user.close();
    const next = await connect(server);
    expect(jobsOn(server).sort()).toEqual([path.basename(next.job), 'of-the-user'].sort());
    await next.close();
    fs.rmdirSync(path.join(server.home, 'lathe/jobs/of-the-user'));
  });

  it('two jobs at once leave each other alone', async () => {
    const [one, two] = await Promise.all([connect(server), connect(server)]);
    const running = one.run(['sh', '-c', 'sleep 1; echo done'], { signal, limitMs });
    await two.close();
    expect((await running).stdout).toBe('done\n');
    await one.close();
    expect(jobsOn(server)).toEqual([]);
  });

  it('obeys a cancel at every step', { timeout: 60_000 }, async () => {
    for (const step of ['connect', 'run', 'put', 'get'] as const) {
      const controller = new AbortController();
      const abort = controller.signal;
      const cancel = (): void => void setTimeout(() => controller.abort(), 30);
      if (step === 'connect') {
        cancel();
        await expect(connect(server, 'lathe', abort)).rejects.toMatchObject({ code: 'cancelled' });
        continue;
      }
      const board = await connect(server, 'lathe', abort);
      const file = local('zeros', new Uint8Array(50_000_000));
      await board.run(['sh', '-c', 'head -c 50000000 /dev/zero >big'], { signal, limitMs });
      cancel();
      const work = {
        run: () => board.run(['sleep', '1000'], { signal: abort, limitMs: 100_000 }),
        put: () => board.put([{ name: 'zeros', local: file }], { signal: abort }),
        get: () => board.get(['big'], path.join(folder, 'big'), { signal: abort, mostBytes: 1e8 }),
      }[step];
      await expect(work()).rejects.toMatchObject({ code: 'cancelled' });
      await board.close();
    }
    await until(() => jobsOn(server).length === 0);
  });
});

describe.skipIf(reason !== undefined)('boards that are not as they should be', () => {
  const opened: TestBoard[] = [];
  const start = async (options?: Parameters<typeof startBoard>[0]): Promise<TestBoard> => {
    const board = await startBoard(options);
    opened.push(board);
    use(board);
    return board;
  };
  afterAll(async () => {
    await Promise.all(opened.map((board) => board.stop()));
    process.env['PATH'] = before;
  });

  it('another host key is refused, whatever the configuration allows', async () => {
    const board = await start();
    await board.changeHostKey();
    for (const strict of ['', 'StrictHostKeyChecking no\n']) {
      fs.appendFileSync(board.configuration, strict);
      await expect(connect(board)).rejects.toMatchObject({
        code: 'ssh.host-key-changed',
        place: { hint: expect.stringContaining('ssh-keygen -R') },
      });
    }
    expect(fs.readdirSync(board.home)).toEqual([]);
  });

  it('an unknown host, a key that it does not take, nobody there', async () => {
    const board = await start();
    const known = fs.readFileSync(path.join(board.programs, 'known_hosts'));
    fs.writeFileSync(path.join(board.programs, 'known_hosts'), '');
    await expect(connect(board)).rejects.toMatchObject({ code: 'ssh.host-key-unknown' });
    fs.writeFileSync(path.join(board.programs, 'known_hosts'), known);
    await expect(connect({ ...board, identity: '/no/such/key' })).rejects.toMatchObject({ code: 'ssh.denied' });
    await expect(connect({ ...board, port: 1 })).rejects.toMatchObject({ code: 'ssh.refused' });
    await expect(connect({ ...board, host: 'no-such-host.invalid' })).rejects.toMatchObject({ code: 'ssh.host-unknown' });
  });

  it('a full disk', async () => {
    const board = await start({
      wrapper:
        'ulimit -f 200; trap "" XFSZ; case "$SSH_ORIGINAL_COMMAND" in internal-sftp) exec "$SFTP_SERVER";; *) exec sh -c "$SSH_ORIGINAL_COMMAND";; esac',
    });
    const one = await connect(board);
    const large = local('large', new Uint8Array(2_000_000));
    await expect(one.putModel(large, 'large', { signal })).rejects.toMatchObject({ code: 'board.disk-full' });
    await expect(one.put([{ name: 'large', local: large }], { signal })).rejects.toMatchObject({ code: 'board.disk-full' });
    await one.close();
    expect(jobsOn(board)).toEqual([]);
  });

  it('no sftp, no usual shell', async () => {
    const one = await connect(await start({ sftp: false }));
    await expect(one.put([{ name: 'a', text: '' }], { signal })).rejects.toMatchObject({ code: 'ssh.no-sftp' });
    await one.close();
    const menu = await start({ wrapper: 'echo Welcome to the menu' });
    await expect(connect(menu)).rejects.toMatchObject({ exitCode: 1 });
  });

  it('one without sha256sum gets its files compared by fetching them', async () => {
    const bin = path.join(folder, 'bin');
    fs.mkdirSync(bin);
    fs.chmodSync(folder, 0o755);
    for (const tool of [
      'sh',
      'cat',
      'rm',
      'mkdir',
      'sed',
      'awk',
      'df',
      'sleep',
      'ln',
      'cp',
      'mv',
      'wc',
      'dirname',
      'head',
      'date',
      'kill',
    ]) {
      const found = ['/bin', '/usr/bin'].map((place) => path.join(place, tool)).find((file) => fs.existsSync(file));
      if (found) fs.symlinkSync(found, path.join(bin, tool));
    }
    const one = await connect(await start({ environment: { PATH: bin } }));
    await one.put([{ name: 'a', text: 'hello' }], { signal });
    expect(await one.putModel(local('m', 'model'), 'm', { signal })).toMatchObject({ sentBytes: 5 });
    await one.close();
  });

  it('a key with a passphrase is asked for by ssh', async () => {
    const board = await start();
    const { execFileSync } = await import('node:child_process');
    execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret words', '-f', board.identity]);
    await expect(connect(board)).rejects.toMatchObject({ code: expect.stringMatching(/^ssh\.(denied|key-file)$/) });
    const asker = path.join(board.programs, 'asker');
    fs.writeFileSync(asker, '#!/bin/sh\necho secret words\n', { mode: 0o755 });
    Object.assign(process.env, { SSH_ASKPASS: asker, SSH_ASKPASS_REQUIRE: 'force' });
    const one = await openBoard(board, systemProcesses(), { folder: 'lathe', signal, ask: true });
    await one.close();
    delete process.env['SSH_ASKPASS'];
    delete process.env['SSH_ASKPASS_REQUIRE'];
  });
});
