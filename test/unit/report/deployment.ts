import type { Deployment } from '../../../src/protocol/deployments.ts';
import { measured } from '../runs/summary.ts';

/** All that a board can give. */
export const onBoard: Deployment = {
  target: 'zcu104',
  host: 'board.local',
  board: 'DPUCZDX8G_ISA1_B4096, 2 cores, 300 MHz',
  measured: '2026-11-22T10:00:00.000Z',
  bytes: 123_456,
  macs: 5_000_000,
  acceleratorMacs: 4_990_000,
  subgraphs: { total: 3, accelerator: 1 },
  latencyMs: { median: 2.125, p90: 2.25, runs: 100 },
  fps: [
    { threads: 1, fps: 455.5 },
    { threads: 2, fps: 871.25 },
  ],
  power: { watts: 17.25, idleWatts: 13.75, joulesPerPicture: 0.004017, threads: 2, source: 'the whole board at 12 V' },
  metrics: { float: measured(92), simulated: measured(91, { simulated: 'zcu104' }), board: measured(91) },
  outputsMatch: { pictures: 1000, elements: 10_000, equal: 10_000, maxAbs: 0 },
};
