import type { BenchGroup } from '../measure.ts';
import { finetuned } from './finetune.ts';

/** Channels that go: accuracy behind the cut and behind training, beside Torch-Pruning. */
export const prune: BenchGroup = {
  name: 'prune',
  async run(bench) {
    if (!bench.zoo) return bench.skip('prune', 'the folder of real models is not there (LATHE_ZOO names it)');
    await finetuned(bench);
  },
};
