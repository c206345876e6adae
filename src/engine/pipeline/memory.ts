import { readFileSync } from 'node:fs';

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
