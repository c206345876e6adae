import type { TargetLimits } from '../limits.ts';
import { dpuLimits } from './dpu-limits.ts';

export const zcu104: TargetLimits = {
  ...dpuLimits,
  name: 'zcu104',
  title: 'AMD ZCU104 (DPUCZDX8G, B4096)',
  summary: 'The DPU of the ZCU104 board under Vitis AI 3.0: 8-bit weights, activations and biases, power-of-two scales per tensor.',
  sources: [
    'AMD PG338, DPUCZDX8G for Zynq UltraScale+ MPSoCs',
    'AMD UG1414, Vitis AI User Guide, "Currently Supported Operators"',
    'Vitis-AI 3.0, src/vai_runtime/target_factory/targets/DPUCZDX8G_ISA1_B4096.prototxt (channel parallelism 16)',
  ],
};
