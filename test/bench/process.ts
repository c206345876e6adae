import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessCost {
  code: number;
  stdout: string;
  stderr: string;
  /** User and system time of the process and all it waited for. */
  cpuSeconds: number;
  wallSeconds: number;
  /** Largest sum of resident memory over the process tree, sampled every 10 ms. */
  peakRssMiB: number;
}

/** Clock ticks per second of /proc/[pid]/stat: USER_HZ, 100 on every Linux architecture Node supports. */
const ticksPerSecond = 100;
const pageSize = 4096;

/** Fields of /proc/[pid]/stat after the command's name (proc(5)): 0 is the state. */
function stat(pid: number | 'self'): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // the process has just ended
  }
}

const childrenCpu = (): number => {
  const fields = stat('self');
  if (!fields) throw new Error('benchmarks need /proc: run them on Linux');
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
};

/** Processes that `pid` started and that still run; Node starts them from its main thread. */
function children(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // it has just ended
  }
}

/** User and system time of a running process so far, its threads included. */
export function cpuSecondsOf(pid: number): number {
  const fields = stat(pid);
  if (!fields) throw new Error(`process ${pid} has ended`);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of a running process and those that it started. */
export const residentMiB = (pid: number): number => treeRss(pid);

function treeRss(root: number): number {
  const resident = Number(stat(root)?.[21] ?? 0) * (pageSize / 2 ** 20);
  return children(root).reduce((sum, child) => sum + treeRss(child), resident);
}

/** Runs a command to its end and measures it with its children. Throws when it fails or takes too long, with the end of what it printed. */
export async function measureProcess(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutSeconds?: number } = {},
): Promise<ProcessCost> {
  const cpuBefore = childrenCpu();
  const start = performance.now();
  const { timeoutSeconds, ...place } = options;
  const child = spawn(command, args, {
    ...place,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(timeoutSeconds === undefined ? {} : { timeout: timeoutSeconds * 1000, killSignal: 'SIGKILL' }),
  });
  let [stdout, stderr, peak] = ['', '', 0];
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const timer = setInterval(() => (peak = Math.max(peak, treeRss(child.pid!))), 10);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => resolve(status ?? (signal ? 128 : 1)));
  });
  clearInterval(timer);
  const wallSeconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n${(stdout + stderr).slice(-2000)}`);
  return { code, stdout, stderr, cpuSeconds: childrenCpu() - cpuBefore, wallSeconds, peakRssMiB: peak };
}
