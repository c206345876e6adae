import path from 'node:path';
import { type BenchContext, type BenchGroup, measured, wanted } from '../measure.ts';
import { ChainRuns, type Row } from './chain-runs.ts';
import { dark, preparePictures } from './pictures.ts';
import { throughput } from './throughput.ts';

const low = [{ darken: dark }];
const noisy = [...low, { noise: { sigma: 2 } }];
const grain = [{ noise: { sigma: 25 } }];

/** Per tensor: what keeps 4-bit weights from being all but free. */
const w4a8 = { weights: 4, activations: 8, granularity: 'tensor' };
const answers = { detect: { agreement: 1 }, 'enhance.enhanced': { agreement: 0.2 } };

/** Settings were chosen on the losses of validation pictures, cut off from those that are learned from, never on photographs of the test split. */
const rows: readonly Row[] = [
  { name: 'SCI, YuNet in the dark: float', degrade: low, goal: { found: 43, false: 1 } },
  {
    name: 'SCI, YuNet in the dark: w8a8 power of two, calibrated through the chain',
    degrade: low,
    step: { quantize: { weights: 8, scales: 'power-of-two' } },
    goal: { found: 42, false: 3 },
  },
  { name: 'SCI, YuNet in the dark: w4a8, SCI alone', degrade: low, alone: { settings: w4a8, which: ['enhance'] } },
  { name: 'SCI, YuNet in the dark: w4a8, YuNet alone', degrade: low, alone: { settings: w4a8, which: ['detect'] } },
  {
    name: 'SCI, YuNet in the dark: w4a8, each alone, together',
    degrade: low,
    alone: { settings: w4a8, which: ['enhance', 'detect'] },
  },
  {
    name: 'SCI, YuNet in the dark: w4a8, each alone, round: layer, together',
    degrade: low,
    alone: { settings: { ...w4a8, round: 'layer' }, which: ['enhance', 'detect'] },
  },
  { name: 'SCI, YuNet in the dark: w4a8, calibrated through the chain', degrade: low, step: { quantize: w4a8 } },
  {
    name: 'SCI, YuNet in the dark: w4a8, jointly',
    degrade: low,
    augment: ['flip'],
    step: { joint: { losses: answers, epochs: 3, 'learning-rate': 2e-4, qat: w4a8 } },
    goal: { moreThan: 'SCI, YuNet in the dark: w4a8, each alone, together', by: 5 },
  },
  { name: 'SCI, YuNet, dark and noisy: float', degrade: noisy },
  {
    name: 'SCI, YuNet, dark and noisy: float, jointly tuned',
    degrade: noisy,
    augment: ['flip', { noise: { sigma: [1.5, 2.5] } }],
    step: { joint: { losses: answers, epochs: 6, 'learning-rate': 1e-3, 'teacher-sees': 'clean' } },
    goal: { found: 30 },
  },
  { name: 'DnCNN per channel, YuNet, sigma 25: float', chain: 'denoise', degrade: grain, goal: { found: 43 } },
  {
    name: 'DnCNN per channel, YuNet, sigma 25: w4a8, calibrated through the chain',
    chain: 'denoise',
    degrade: grain,
    step: { quantize: { weights: 4, activations: 8, round: 'layer' } },
    goal: { found: 42 },
  },
];

/** Chains of real models: found faces of nine photographs, those of the test split apart. Nothing is learned from labels. */
export const joint: BenchGroup = {
  name: 'joint',
  async run(bench: BenchContext) {
    if (!bench.zoo) return bench.skip('joint', 'the folder of real models is not there (LATHE_ZOO names it)');
    await throughput(bench);
    const asked = rows.filter(({ name }) => wanted(bench, name));
    if (asked.length === 0) return;
    const runs = new ChainRuns(bench, await preparePictures(bench.zoo, path.join(bench.scratch, 'joint')));
    for (const row of asked) await measured(bench, row.name, () => runs.measure(row));
  },
};
