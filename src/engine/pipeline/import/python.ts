import type { Command, Processes } from '../../base/command.ts';
import { LatheError } from '../../base/errors.ts';
import type { PythonPackage } from './sources/source.ts';

/** The user's own Python, and what is installed there. */
export interface Python {
  /** Absolute path. */
  readonly program: string;
  readonly version: string;
  /** Installed packages by name, small: "torch" → "2.9.1". Only those that were asked for. */
  readonly packages: Readonly<Record<string, string>>;
}

const probe = [
  'import importlib.metadata as m, json, sys',
  'found = {}',
  'for name in sys.argv[1:]:',
  '    try: found[name] = m.version(name)',
  '    except m.PackageNotFoundError: pass',
  'print(json.dumps({"version": ".".join(map(str, sys.version_info[:3])), "packages": found}))',
].join('\n');

const probeLimitMs = 20_000;
const leastPython = '3.8';

/** Where a Python may be: the active environment before PATH. A folder's own `.venv` is not taken: it comes with the folder, like any program in it. */
export async function findPython(
  processes: Processes,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const folder = process.platform === 'win32' ? 'Scripts' : 'bin';
  const active = [environment['VIRTUAL_ENV'], environment['CONDA_PREFIX']].filter((prefix) => prefix !== undefined && prefix !== '');
  const candidates = [...active.map((prefix) => `${prefix}/${folder}/python`), 'python3', 'python'];
  for (const candidate of candidates) {
    const found = await processes.find(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Asks a Python what it is. Throws `import.python`. */
export async function askPython(processes: Processes, program: string, names: readonly string[], signal: AbortSignal): Promise<Python> {
  const command: Command = { program, arguments: ['-c', probe, ...names] };
  const { stdout, stderr, exitCode } = await processes.run(command, { signal, limitMs: probeLimitMs });
  const answer = exitCode === 0 ? parsed(stdout) : undefined;
  if (!answer) {
    const said = stderr.trim().split('\n').pop() ?? '';
    throw new LatheError('import.python', `it does not answer as a Python does${said ? `: ${said.slice(0, 300)}` : ''}`, {
      file: program,
      hint: 'Name another one: --python PROGRAM.',
    });
  }
  return { program, ...answer };
}

function parsed(text: string): Omit<Python, 'program'> | undefined {
  try {
    const value = JSON.parse(text) as { version?: unknown; packages?: unknown } | null;
    if (typeof value?.version !== 'string' || typeof value.packages !== 'object' || value.packages === null) return undefined;
    return { version: value.version, packages: value.packages as Record<string, string> };
  } catch {
    return undefined; // not JSON: some other program
  }
}

/** Names to ask for: each package and what else it may be called. */
export const packageNames = (packages: readonly PythonPackage[]): string[] => packages.flatMap(({ name, also = [] }) => [name, ...also]);

/** What stands in the way of using this Python, one clause each with how to mend it. */
export function lacking(python: Python, packages: readonly PythonPackage[]): string[] {
  if (isOlder(python.version, leastPython)) return [`Python ${python.version} is older than ${leastPython}`];
  return packages.flatMap(({ name, least, also = [] }) => {
    const version = [name, ...also].map((each) => python.packages[each]).find((each) => each !== undefined);
    if (version === undefined) return [`${name} is not installed`];
    return isOlder(version, least) ? [`${name} ${version} is older than ${least}`] : [];
  });
}

/** Compares the leading numbers: "2.10.1+cpu" is newer than "2.9". */
export function isOlder(version: string, least: string): boolean {
  const numbers = (text: string): number[] => (/^[0-9.]+/.exec(text)?.[0] ?? '0').split('.').map(Number);
  const [a, b] = [numbers(version), numbers(least)];
  for (let at = 0; at < b.length; at++) {
    const difference = (a[at] ?? 0) - b[at]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}
