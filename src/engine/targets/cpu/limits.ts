import type { TargetLimits } from '../limits.ts';
import { onnxruntimeIntegerOperators } from '../onnxruntime-operators.ts';

export const cpu: TargetLimits = {
  name: 'cpu',
  title: 'CPU, any',
  summary: 'ONNX Runtime on any CPU: the file gives the right answers with and without AVX2, AVX-512, VNNI or NEON dot products.',
  sources: [
    'https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html (U8S8 saturates on AVX2 and AVX-512 without VNNI)',
    'Intel 64 and IA-32 Software Developer’s Manual, VPMADDUBSW: pairs of u8×s8 products are added in saturating int16',
  ],
  weightTypes: ['int8', 'uint8'],
  activationTypes: ['uint8', 'int8'],
  biasType: 'int32',
  saturation: 'pairs-int16',
  channelMultiple: 1,
  integerOperators: onnxruntimeIntegerOperators,
  settings: {},
};
