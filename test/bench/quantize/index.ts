import type { BenchGroup } from '../measure.ts';
import { bigModel } from './big-model.ts';
import { memory, time } from './cost.ts';
import { latency } from './latency.ts';
import { scores } from './scores.ts';
import { search } from './search.ts';
import { sensitivity } from './sensitivity.ts';
import { equalization, roundLayer } from './whole-job.ts';

export const quantize: BenchGroup = {
  name: 'quantize',
  async run(bench) {
    if (!bench.zoo) return bench.skip('quantize', 'the folder of real models is not there (LATHE_ZOO names it)');
    await latency(bench);
    await time(bench);
    await memory(bench);
    await scores(bench);
    await roundLayer(bench);
    await equalization(bench);
    await sensitivity(bench);
    await search(bench);
    await bigModel(bench);
  },
};
