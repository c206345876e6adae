import type { BenchGroup } from '../measure.ts';
import { memory, time } from './cost.ts';
import { latency } from './latency.ts';
import { scores } from './scores.ts';

export const quantize: BenchGroup = {
  name: 'quantize',
  async run(bench) {
    if (!bench.zoo) return bench.skip('quantize', 'the folder of real models is not there (LATHE_ZOO names it)');
    await latency(bench);
    await time(bench);
    await memory(bench);
    await scores(bench);
  },
};
