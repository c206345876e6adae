import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** The vendor's own XIR library (Debian 12: libxir2 2.5) behind a program that loads a file with it, and a reference in Python; both lie beside the checkout. */
const tools = process.env['LATHE_XIR_TOOLS'] ?? path.resolve('../shared/xir-tools');
const cache = path.resolve('node_modules/.cache/lathe-xir');
/** libxir2 and what it needs. */
const packages = ['libxir2', 'libunilog2', 'libgoogle-glog0v6', 'libgflags2.2', 'libprotobuf32', 'libunwind8'];
const patienceMs = 120_000;

/** What a program of the vendor says of a file. */
export interface Loaded {
  /** 0 loaded; 1 exception, 3 shapes disagree, 134 refused, 139 crashed. */
  readonly status: number;
  readonly operators: number;
  readonly mismatches: number;
  /** Last lines of what it complains of. */
  readonly complaint: string;
}

export interface Loader {
  load(file: string): Loaded;
}

/** A tool, or why it is not there. */
export type Found<T> = { readonly tool: T } | { readonly reason: string };

let loader: Found<Loader> | undefined;
let reference: Found<Reference> | undefined;

/** The vendor's loader, installed without root into a cache where it is not on the machine. */
export const vendorLoader = (): Found<Loader> => (loader ??= findLoader());

function findLoader(): Found<Loader> {
  const program = path.join(tools, 'bin/xir_dump');
  if (!existsSync(program)) return { reason: `there is no ${program} (LATHE_XIR_TOOLS names another folder)` };
  const libraries = process.env['LATHE_XIR_LIBRARIES'] ?? path.join(cache, 'root/usr/lib/x86_64-linux-gnu');
  const env = { ...process.env, LD_LIBRARY_PATH: libraries };
  const runs = (): boolean => spawnSync(program, [], { env, timeout: patienceMs }).status === 2;
  if (!runs()) {
    const problem = unpackLibraries();
    if (problem !== undefined) return { reason: problem };
    if (!runs()) return { reason: "the vendor's library was unpacked, and does not load on this machine" };
  }
  return { tool: { load: (file) => load(program, env, file) } };
}

function load(program: string, env: NodeJS.ProcessEnv, file: string): Loaded {
  const { status, signal, stdout, stderr } = spawnSync(program, ['--infer', file], {
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    timeout: patienceMs,
  });
  const complaint = stderr.trim().split('\n').slice(-3).join('\n');
  const code = status ?? (signal === 'SIGSEGV' ? 139 : 134);
  if (code !== 0 && code !== 3) return { status: code, operators: 0, mismatches: 0, complaint };
  const printed = JSON.parse(stdout) as { op_num: number; shape_mismatches?: number };
  return { status: code, operators: printed.op_num, mismatches: printed.shape_mismatches ?? 0, complaint };
}

/** Debian packages into the cache; why it cannot be done. */
function unpackLibraries(): string | undefined {
  const [downloads, root] = [path.join(cache, 'packages'), path.join(cache, 'root')];
  try {
    mkdirSync(downloads, { recursive: true });
    execFileSync('apt-get', ['download', ...packages], { cwd: downloads, stdio: 'pipe', timeout: patienceMs });
    for (const file of readdirSync(downloads))
      execFileSync('dpkg', ['-x', path.join(downloads, file), root], { stdio: 'pipe', timeout: patienceMs });
    return undefined;
  } catch (error) {
    rmSync(cache, { recursive: true, force: true });
    return `libxir2 cannot be had here: ${String(error instanceof Error ? error.message : error).split('\n')[0]}`;
  }
}

/** The reference evaluation in Python, and the interpreter with numpy that runs it. */
export interface Reference {
  /** Every tensor of a graph, by name, for one input; written into `folder`. Throws with what the program complains of. */
  run(file: string, input: string, folder: string): { readonly name: string; readonly type: string }[];
}

export const vendorReference = (): Found<Reference> => (reference ??= findReference());

function findReference(): Found<Reference> {
  const program = path.join(tools, 'xir_ref.py');
  if (!existsSync(program)) return { reason: `there is no ${program} (LATHE_XIR_TOOLS names another folder)` };
  const own = path.join(cache, 'python/bin/python');
  const works = (python: string): boolean => spawnSync(python, ['-c', 'import numpy'], { timeout: patienceMs }).status === 0;
  const found =
    [process.env['LATHE_PYTHON'], 'python3', own].find((python) => python !== undefined && works(python)) ?? install(own, works);
  if (found === undefined) return { reason: 'there is no python3 with numpy (LATHE_PYTHON names one)' };
  return {
    tool: {
      run(file, input, folder) {
        const { status, stdout, stderr } = spawnSync(found, [program, '--in', input, '--all', '--dump', folder, file], {
          encoding: 'utf8',
          maxBuffer: 2 ** 30,
        });
        if (status !== 0) throw new Error(`xir_ref.py: ${stderr.slice(-400)}`);
        return (JSON.parse(stdout) as { tensors: { name: string; type: string }[] }).tensors;
      },
    },
  };
}

/** numpy in an environment of its own, where Python can make one. */
function install(python: string, works: (python: string) => boolean): string | undefined {
  const folder = path.resolve(python, '../..');
  spawnSync('python3', ['-m', 'venv', folder], { timeout: patienceMs });
  if (!existsSync(python)) return undefined;
  spawnSync(python, ['-m', 'pip', 'install', '--quiet', 'numpy==2.2.6'], { timeout: patienceMs });
  return works(python) ? python : undefined;
}
