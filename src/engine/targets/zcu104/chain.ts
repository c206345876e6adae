import type { ChainTarget } from '../chain/types.ts';
import { findDpuArchitecture } from './verdict/architecture.ts';

/** PG338, "Performance": the ready-made images clock the DPU with 300 MHz, its multipliers with twice that. */
const hertz = 300e6;

/** Several models on a board with DPUs of this family. `cores`: of the ready-made image. `memory`: bytes of main memory. */
export const dpuChain = (target: string, cores: number, memory: number): ChainTarget => ({
  target,
  files: 'whole',
  schedule: `One .xmodel holds all models as DPU sub-graphs in a row; what stands between them runs on the ARM cores where the DPU refuses it. ${
    cores === 1
      ? 'The DPU has one core: a second thread computes the CPU’s part of one picture while the core has another one.'
      : `Threads, each with its own runners, keep ${cores} cores busy with different pictures; one picture never uses two.`
  }`,
  source: 'UG1414, "Programming with VART" (runners of several sub-graphs and threads share the cores); PG338, "Performance"',
  elementBytes: 1,
  memory: [
    { name: 'main memory, weights of all models', holds: 'weights', limit: memory, beyond: 'error' },
    { name: 'main memory, feature maps of a thread', holds: 'all', limit: memory, beyond: 'error' },
  ],
  peak(architecture) {
    const dpu = findDpuArchitecture(architecture ?? 'DPUCZDX8G_ISA1_B4096');
    if (!dpu) return undefined;
    const cycle = dpu.channelParallel.input * dpu.channelParallel.output * dpu.pixelParallel;
    return {
      macsPerSecond: cycle * hertz,
      units: cores,
      text: `${cycle} multiply-adds a cycle and core at 300 MHz, ${cores === 1 ? '1 core' : `${cores} cores`}`,
    };
  },
});

/** UG1267: 2 GB of DDR4 at the processor. */
export const chain = dpuChain('zcu104', 2, 2 * 2 ** 30);
