import type { BenchGroup } from '../measure.ts';
import { compensated } from './compensation.ts';
import { finetuned } from './finetune.ts';

/** Channels that go: accuracy behind the cut, with and without training, beside Torch-Pruning. */
export const prune: BenchGroup = {
  name: 'prune',
  async run(bench) {
    if (!bench.zoo) return bench.skip('prune', 'the folder of real models is not there (LATHE_ZOO names it)');
    await compensated(bench);
    await finetuned(bench);
  },
};
