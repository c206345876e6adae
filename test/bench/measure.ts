import { cpus, loadavg, totalmem } from 'node:os';
import { readFileSync } from 'node:fs';
import type { Peers } from './peers.ts';

/** One line of `npm run bench` (cli.md, "Benchmarks"). */
export interface Measurement {
  name: string;
  value: number;
  unit: string;
  /** What the value should be, in words: "<= 15 MiB". */
  goal?: string;
  ok?: boolean;
  peer?: { name: string; version: string; value: number };
  /** value / peer.value, both measured in this run. */
  ratio?: number;
  note?: string;
}

export interface BenchContext {
  /** Folder of real models and data. */
  zoo: string | undefined;
  /** The tools measured against, when --peers was given. */
  peers: Peers | undefined;
  /** Scratch folder, removed at the end. */
  scratch: string;
  /** Runs only measurements whose name contains this. */
  only: string | undefined;
  report(measurement: Measurement): void;
  skip(name: string, reason: string): void;
}

/** Runs one measurement; what fails is reported with its name, and the others go on. */
export async function attempt(bench: BenchContext, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    bench.skip(
      name,
      `failed: ${error instanceof Error ? error.message.trim().split('\n').slice(-3).join(' ').slice(0, 400) : String(error)}`,
    );
  }
}

/** One group of benchmarks: a file beside this one and a line in main.ts. */
export interface BenchGroup {
  name: string;
  run(bench: BenchContext): Promise<void>;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export const wanted = (bench: BenchContext, name: string): boolean => bench.only === undefined || name.includes(bench.only);

/** A measurement by its own name: skipped where --only wants others; a failure is reported and the others go on. */
export async function measured(bench: BenchContext, name: string, work: () => Promise<void>): Promise<void> {
  if (wanted(bench, name)) await attempt(bench, name, work);
}

const extensions = ['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni'];

export function machine(): Record<string, string | number> {
  let flags = '';
  try {
    flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  } catch (error) {
    flags = `unknown (${(error as Error).message})`;
  }
  const present = new Set(flags.trim().split(/\s+/));
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    vectorExtensions: extensions.filter((name) => present.has(name)).join(' ') || flags.slice(0, 40),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Number(loadavg()[0]!.toFixed(2)),
    node: process.version,
  };
}
