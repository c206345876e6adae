import type { TargetLimits } from '../limits.ts';
import { dpuLimits } from '../zcu104/dpu-limits.ts';

export const kv260: TargetLimits = {
  ...dpuLimits,
  name: 'kv260',
  title: 'AMD Kria KV260 (DPUCZDX8G, B4096)',
  summary:
    'The DPU of the Kria KV260 starter kit under Vitis AI 3.0, one core: 8-bit weights, activations and biases, power-of-two scales per tensor. Applications of the kit bring other sizes of DPU: name theirs as architecture.',
  sources: [
    'AMD PG338, DPUCZDX8G for Zynq UltraScale+ MPSoCs',
    'AMD UG1414, Vitis AI User Guide, "Currently Supported Operators"',
    'Vitis-AI 3.5, src/vai_runtime/target_factory/targets/DPUCZDX8G_ISA1_B*.prototxt (sizes)',
  ],
};
