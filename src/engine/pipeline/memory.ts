import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { MemoryLimit } from '../train/task.ts';

/**
 * Largest resident memory of this process so far, in bytes. On Linux from VmHWM (proc(5)): getrusage's figure also counts the
 * parent's memory from before this program was started. A job has no child processes, so this is its whole tree.
 */
export function peakRssBytes(): number {
  if (process.platform === 'linux') {
    const match = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (match) return Number(match[1]) * 1024;
  }
  return process.resourceUsage().maxRSS * 1024;
}

/** Bytes of main memory: a container may have less than the machine. */
export function totalMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < os.totalmem() ? constrained : os.totalmem();
}

/** What a training may take: what the user allows, all of the machine (or container) at most; what is free is only a guess. */
export function memoryLimit(allowed: number | undefined): MemoryLimit {
  const total = totalMemory();
  if (allowed !== undefined) return { bytes: Math.min(allowed, total), kind: 'limit' };
  return { bytes: Math.min(os.freemem(), total), kind: 'free' };
}
