import type { TargetLimits } from '../limits.ts';
import { onnxruntimeIntegerOperators } from '../onnxruntime-operators.ts';

export const cpuX64Vnni: TargetLimits = {
  name: 'cpu-x64-vnni',
  title: 'CPU, x64 with VNNI',
  summary: 'ONNX Runtime on x64 with AVX-VNNI or AVX-512 VNNI (Intel from Ice Lake and Alder Lake, AMD from Zen 4): full 8-bit weights.',
  sources: [
    'https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html (no saturation with VNNI)',
    'Intel 64 and IA-32 Software Developer’s Manual, VPDPBUSD: four u8×s8 products are added in int32',
  ],
  weightTypes: ['int8', 'uint8'],
  activationTypes: ['uint8', 'int8'],
  biasType: 'int32',
  saturation: 'none',
  channelMultiple: 1,
  integerOperators: onnxruntimeIntegerOperators,
  // Blocked kernels of AVX-512 (NCHWc, onnxruntime/core/mlas) work on 16 channels at a time.
  settings: { prune: { 'round-to': { default: 16 } } },
};
