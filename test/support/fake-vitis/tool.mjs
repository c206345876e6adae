// Stands for docker, podman, vai_c_xir and vai_c_tensorflow2 in tests: does what `scenario.json` beside it says, and notes how it was called.
import { spawn } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

const [, file, ...args] = process.argv;
const home = path.dirname(file);
const name = path.basename(file);
const scenario = JSON.parse(readFileSync(path.join(home, 'scenario.json'), 'utf8'));
appendFileSync(path.join(home, 'calls.jsonl'), `${JSON.stringify({ program: name, args, cwd: process.cwd() })}\n`);

const containers = path.join(home, 'containers');
const value = (option) => args[args.indexOf(option) + 1];

/** One record of CSV, quotes doubled: what docker and podman read `--mount` as. */
function csv(text) {
  const fields = [];
  for (const [, quoted, plain] of text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g))
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
  return Object.fromEntries(fields.map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]));
}

function engine() {
  if (args[0] === 'info') {
    if (scenario.daemon === false) {
      process.stderr.write('Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n');
      return process.exit(1);
    }
    process.stdout.write(`${JSON.stringify({ SecurityOptions: scenario.rootless ? ['name=rootless'] : [] })}\n`);
  } else if (args[0] === 'version') {
    if (scenario.daemon === false) {
      process.stderr.write('Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n');
      return process.exit(1);
    }
    process.stdout.write('27.5.1\n');
  } else if (args[0] === 'images') {
    process.stdout.write((scenario.images ?? []).map((image) => `${image}\n`).join(''));
  } else if (args[0] === 'image') {
    if (!scenario.images?.includes(args.at(-1))) process.exit(1);
  } else if (args[0] === 'pull') {
    scenario.images = [...(scenario.images ?? []), args[1]];
    writeFileSync(path.join(home, 'scenario.json'), JSON.stringify(scenario));
  } else if (args[0] === 'rm') {
    const container = path.join(containers, args.at(-1));
    if (!existsSync(container)) return;
    killSession(Number(readFileSync(container, 'utf8')));
    rmSync(container);
  } else if (args[0] === 'run') run();
}

/** Ends all that runs in a container, whatever its process group (`timeout` makes one of its own), and returns when it has ended. */
function killSession(session) {
  for (let left = inSession(session); left.length; left = inSession(session)) {
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  }
}

function inSession(session) {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const [state, , , its] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
        return Number(its) === session && state !== 'Z';
      } catch (error) {
        if (['ENOENT', 'ESRCH'].includes(error.code)) return false;
        throw error;
      }
    })
    .map(Number);
}

/** The container is a process of its own, that outlives whoever started it. */
function run() {
  if (scenario.refuses) {
    process.stderr.write(`${scenario.refuses}\n`);
    process.exit(125);
  }
  const container = path.join(containers, value('--name'));
  if (existsSync(container)) {
    process.stderr.write(
      `docker: Error response from daemon: Conflict. The container name "/${value('--name')}" is already in use by container.\n`,
    );
    process.exit(125);
  }
  const { source } = csv(value('--mount'));
  const inside = args.slice(args.indexOf('--entrypoint') + 3);
  mkdirSync(containers, { recursive: true });
  const child = spawn(value('--entrypoint'), inside, {
    cwd: source,
    env: { PATH: `${home}:/usr/bin:/bin`, VAI_ROOT: path.join(home, 'vitis') },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  writeFileSync(container, String(child.pid));
  child.on('exit', (code) => {
    rmSync(container, { force: true });
    process.exit(code ?? 137);
  });
}

function compiler() {
  for (const line of scenario.log ?? []) process.stdout.write(`${line}\n`);
  if (scenario.binary) process.stdout.write(Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 256)));
  if (scenario.endless) return endless();
  if (scenario.output !== undefined) {
    const folder = value('-o');
    mkdirSync(folder, { recursive: true });
    const out = path.join(folder, `${value('-n')}.xmodel`);
    if (scenario.link) symlinkSync(scenario.output, out);
    else if (scenario.output === '') writeFileSync(out, '');
    else copyFileSync(scenario.output, out);
    writeFileSync(path.join(folder, 'meta.json'), JSON.stringify({ target: 'DPUCZDX8G_ISA1_B4096' }));
  }
  if (scenario.hang) {
    writeFileSync(path.join(home, 'hangs'), String(process.pid));
    setInterval(() => {}, 1000);
    return;
  }
  process.exitCode = scenario.exitCode ?? 0;
}

function endless() {
  const piece = `${'the same again '.repeat(1000)}\n`.repeat(16);
  const more = () => {
    while (process.stdout.write(piece));
    process.stdout.once('drain', more);
  };
  process.stdout.on('error', () => process.exit(1));
  more();
}

if (name === 'docker' || name === 'podman') engine();
else compiler();
