import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LatheError } from '../../../base/errors.ts';
import { npyBytes } from '../../../base/npy.ts';
import type { BoardFigures, RunRequest } from '../../run-plan.ts';
import { amount, fields, list, shown } from '../../zcu104/runner/foreign.ts';
import { readTrtexecLog } from '../log.ts';

const mostBytes = 1 << 26;

/** What trtexec wrote and printed. Throws `board.run`, `board.result`. */
export async function readTensorrt(folder: string, logs: Readonly<Record<string, string>>, request: RunRequest): Promise<BoardFigures> {
  const failure = Object.values(logs)
    .flatMap((log) => readTrtexecLog(log.split('\n')).messages)
    .find(({ severity }) => severity === 'error');
  const times = await timesOf(folder, request.entry.runs ?? 100);
  if (times.length === 0) {
    const said = failure ? shown(failure.message, 500) : 'trtexec gave no times';
    throw new LatheError(
      'board.run',
      `TensorRT could not run the model: ${said}`,
      failure?.hint === undefined ? {} : { hint: failure.hint },
      1,
    );
  }
  const fps = throughputs(logs['measure'] ?? '');
  const power = await powerOf(folder, fps);
  const outputs = await outputsOf(folder, request);
  const build = readTrtexecLog((logs['build'] ?? '').split('\n')).figures ?? {};
  return {
    latencyMs: { median: quantile(times, 0.5), p90: quantile(times, 0.9), runs: times.length },
    ...(fps.length ? { fps } : {}),
    ...(power ? { power } : {}),
    ...(outputs ? { outputs } : {}),
    notes: [
      'Latency is that of copying one picture to the GPU, computing and copying back.',
      ...(build['build time, s'] === undefined ? [] : [`The engine was built on the board in ${build['build time, s']} s.`]),
      ...(request.entry.power && !power ? ['Neither tegrastats nor nvidia-smi told the power.'] : []),
    ],
  };
}

/** `--exportTimes`: one object a run, those of the warm-up first in some versions. */
async function timesOf(folder: string, runs: number): Promise<number[]> {
  const found = list(await json(path.join(folder, 'times.json'))).flatMap((one) => amount(fields(one)['latencyMs']) ?? []);
  return found.slice(-Math.max(runs, 1)).sort((a, b) => a - b);
}

/** "lathe: streams N", then trtexec's own "Throughput: X qps". */
export function throughputs(log: string): { threads: number; fps: number }[] {
  const found: { threads: number; fps: number }[] = [];
  let threads: number | undefined;
  for (const line of log.split('\n')) {
    const marked = /^lathe: streams (\d+)/.exec(line)?.[1];
    if (marked !== undefined) threads = Number(marked);
    const fps = Number(/Throughput: ([\d.]+) qps/.exec(line)?.[1]);
    if (threads !== undefined && fps > 0) {
      found.push({ threads, fps });
      threads = undefined;
    }
  }
  return found;
}

/** Watts in a line of tegrastats (milliwatts, now/average: "VDD_IN 4580mW/4580mW", older "POM_5V_IN 2088/2088"), or of nvidia-smi. */
export function wattsOf(line: string): number | undefined {
  const rail = /\b(?:VDD_IN|POM_5V_IN|VIN) (\d+)(?:mW)?\/\d+/.exec(line);
  if (rail) return Number(rail[1]) / 1000;
  // Boards without one for the whole: the sum of the rails.
  const rails = [...line.matchAll(/\b[A-Z][A-Z0-9_]*(?:GPU|CPU|SOC|CV|SYS|DDR)[A-Z0-9_]* (\d+)mW\/\d+mW/g)].map((one) => Number(one[1]));
  if (rails.length) return rails.reduce((a, b) => a + b, 0) / 1000;
  return /^\s*\d+(?:\.\d+)?\s*$/.test(line) ? Number(line) : undefined;
}

async function powerOf(folder: string, fps: readonly { threads: number; fps: number }[]): Promise<BoardFigures['power']> {
  const [idle, busy] = [await text(path.join(folder, 'idle.txt')), await text(path.join(folder, 'busy.txt'))];
  const mean = (log: string): number | undefined => {
    const watts = log.split('\n').flatMap((line) => wattsOf(line) ?? []);
    return watts.length ? watts.reduce((a, b) => a + b, 0) / watts.length : undefined;
  };
  const [idleWatts, watts] = [mean(idle), mean(busy)];
  if (idleWatts === undefined || watts === undefined) return undefined;
  const tegra = busy.includes('RAM ');
  const speed = fps.length === 1 ? fps[0] : undefined;
  return {
    watts,
    idleWatts,
    ...(speed ? { threads: speed.threads, joulesPerPicture: Math.max(0, watts - idleWatts) / speed.fps } : {}),
    source: tegra ? 'tegrastats, the whole module' : 'nvidia-smi, the graphics card',
  };
}

/** `--exportOutput`: name, dimensions "1x10" and values of each output; written as `.npy` beside it. */
async function outputsOf(folder: string, { inputs }: RunRequest): Promise<BoardFigures['outputs']> {
  const found: Record<string, string[]> = {};
  for (const index of inputs.keys()) {
    const stem = path.join(folder, 'outputs', String(index).padStart(6, '0'));
    for (const [place, one] of list(await json(`${stem}.json`))
      .map(fields)
      .entries()) {
      const { name, dimensions, values } = one;
      if (typeof name !== 'string' || typeof dimensions !== 'string' || !/^\d+(x\d+)*$/.test(dimensions)) continue;
      const numbers = Float32Array.from(list(values), (value) => (typeof value === 'number' ? value : NaN));
      const shape = dimensions.split('x').map(Number);
      if (shape.reduce((a, b) => a * b, 1) !== numbers.length) continue;
      const file = `${stem}-${place}.npy`;
      await writeFile(file, npyBytes(shape, numbers));
      if (!Object.hasOwn(found, name)) found[name] = [];
      found[name]!.push(file);
    }
  }
  const whole = Object.entries(found).filter(([, files]) => files.length === inputs.length);
  return inputs.length && whole.length ? Object.fromEntries(whole) : undefined;
}

async function text(file: string): Promise<string> {
  try {
    return (await stat(file)).size > mostBytes ? '' : await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

async function json(file: string): Promise<unknown> {
  const read = await text(file);
  if (read === '') return undefined;
  try {
    return JSON.parse(read);
  } catch (cause) {
    throw new LatheError('board.result', 'what came back from the board is no JSON', { file, cause }, 1);
  }
}

/** Linear between the neighbours, as latencies on this machine. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
}
