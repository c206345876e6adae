import type { ChainTarget } from '../chain/types.ts';

/** Hailo-8 product brief: 26 tera operations a second, a multiply-add counted as two. */
const macsPerSecond = 13e12;

/** Several networks on one chip. */
export const chain: ChainTarget = {
  target: 'hailo8',
  files: 'each',
  schedule:
    'A .hef for each model. All are configured on one virtual device, and HailoRT’s scheduler gives the chip to one network after the other, round robin; it switches as soon as another one has enough pictures waiting, so that a batch size or a threshold above 1 saves switches and costs latency. What stands between two models is computed by the host.',
  source: 'hailo-ai/hailort v4.23, hailort/libhailort/include/hailo/vdevice.hpp and hailortcli/run2 (set-net, --scheduler-threshold)',
  elementBytes: 1,
  memory: [
    { name: 'chip or host, weights of all models', holds: 'weights' },
    { name: 'chip, activations', holds: 'largest' },
  ],
  peak: () => ({ macsPerSecond, units: 1, text: '13 T multiply-adds a second, and no time to switch networks' }),
};
