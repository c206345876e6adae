import type { TargetLimits } from '../limits.ts';

const hailo = 'Hailo-8 computes with weights of 4, 8 or 16 bits and activations of 8 or 16';

export const hailo8: TargetLimits = {
  name: 'hailo8',
  title: 'Hailo-8',
  summary:
    'The Hailo-8 accelerator. Its Dataflow Compiler rounds the float model by itself, on calibration pictures: what is quantized here is an estimate of that, with 8-bit weights and unsigned activations.',
  sources: [
    'https://hailo.ai/support-lesson/hailo-quantization-scheme-2/ (unsigned activations with zero point and scale)',
    'hailo-ai/hailo_model_zoo v2.18, docs/OPTIMIZATION.rst and cfg/alls (precision modes a8_w8, a8_w4, a16_w16; calibration sets)',
    'hailo-ai/hailort v4.23, hailort/libhailort/include/hailo/hailort.h (hailo_quant_info_t: q = x / qp_scale + qp_zp)',
  ],
  weightTypes: ['int8'],
  activationTypes: ['uint8', 'uint16'],
  biasType: 'int32',
  saturation: 'none',
  channelMultiple: 1,
  integerOperators: [
    'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Mul', 'Concat', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'Relu', 'Clip',
    'LeakyRelu', 'PRelu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Elu', 'Mish', 'Softmax', 'Resize', 'Reshape', 'Flatten', 'Squeeze',
    'Unsqueeze', 'Transpose', 'Slice', 'Split', 'Pad', 'DepthToSpace', 'SpaceToDepth',
  ], // prettier-ignore
  settings: {
    quantize: {
      weights: { default: 8, allowed: [4, 8, 16, 'float'], reason: hailo },
      activations: { default: 8, allowed: [8, 16, 'float'], reason: hailo },
      'activation-type': { default: 'uint8', allowed: ['uint8'], reason: 'activations are unsigned with a zero point there' },
    },
  },
};
