import type { TargetLimits } from '../limits.ts';
import { onnxruntimeIntegerOperators } from '../onnxruntime-operators.ts';

export const cpuArm64: TargetLimits = {
  name: 'cpu-arm64',
  title: 'CPU, 64-bit ARM',
  summary:
    'ONNX Runtime on 64-bit ARM (Raspberry Pi 4 and later, Jetson, phones, Apple silicon): full 8-bit weights, sums exact in 32 bits.',
  sources: [
    'https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html (no saturation on ARM)',
    'Arm Architecture Reference Manual for A-profile, SDOT, UDOT, SMLAL: products are added in 32 bits',
  ],
  weightTypes: ['int8', 'uint8'],
  activationTypes: ['uint8', 'int8'],
  biasType: 'int32',
  saturation: 'none',
  channelMultiple: 1,
  integerOperators: onnxruntimeIntegerOperators,
  settings: {},
};
