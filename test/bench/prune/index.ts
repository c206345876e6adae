import type { BenchGroup } from '../measure.ts';
import { compensated } from './compensation.ts';
import { cutItself } from './cut.ts';
import { finetuned } from './finetune.ts';
import { measuredRatios } from './ratios.ts';
import { slider } from './slider.ts';
import { uniform } from './uniform.ts';

/** Channels that go: what the cut costs, accuracy behind it, with and without training, beside Torch-Pruning. */
export const prune: BenchGroup = {
  name: 'prune',
  async run(bench) {
    await slider(bench);
    if (!bench.zoo) return bench.skip('prune', 'the folder of real models is not there (LATHE_ZOO names it)');
    await cutItself(bench);
    await uniform(bench);
    await compensated(bench);
    await measuredRatios(bench);
    await finetuned(bench);
  },
};
