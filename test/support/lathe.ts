import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');
const program = path.join(root, 'bin/lathe.mjs');

/** Builds what the command line runs from: tests must not pass on yesterday's bundle. */
export function buildLathe(): void {
  const { status, stderr } = spawnSync(process.execPath, ['esbuild.mjs', 'cli', 'worker', 'decode', 'language-server'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the build failed: ${stderr}`);
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One call of the command line as a user makes it, without a terminal. */
export function lathe(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Outcome {
  const { cwd = root, env = {} } = options;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 120_000,
    maxBuffer: 1 << 28,
  });
  return { code: status, stdout, stderr };
}

/** The one JSON document on stdout. */
export function latheJson(
  args: readonly string[],
  options: { cwd?: string } = {},
): { code: number | null; document: Record<string, unknown>; stderr: string } {
  const { code, stdout, stderr } = lathe([...args, '--json'], options);
  return { code, document: JSON.parse(stdout) as Record<string, unknown>, stderr };
}

/** The same without waiting for its end, in a process group of its own as a shell makes it: `pressCtrlC` reaches the job as well. */
export const startLathe = (args: readonly string[], cwd = root): ChildProcess =>
  spawn(process.execPath, [program, ...args], { cwd, detached: true });

export function pressCtrlC(child: ChildProcess): void {
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
}
