import type { TargetLimits } from '../limits.ts';
import { dpuLimits } from '../zcu104/dpu-limits.ts';

export const zcu102: TargetLimits = {
  ...dpuLimits,
  name: 'zcu102',
  title: 'AMD ZCU102 (DPUCZDX8G, B4096)',
  summary:
    'The DPU of the ZCU102 board under Vitis AI 3.0, three cores: 8-bit weights, activations and biases, power-of-two scales per tensor.',
  sources: [
    'AMD PG338, DPUCZDX8G for Zynq UltraScale+ MPSoCs',
    'AMD UG1414, Vitis AI User Guide, "Currently Supported Operators"',
    'Vitis-AI 3.5, src/vai_runtime/target_factory/targets/DPUCZDX8G_ISA1_B*.prototxt (sizes)',
  ],
};
