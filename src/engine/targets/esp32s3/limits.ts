import type { TargetLimits } from '../limits.ts';

const espDl = 'ESP-DL multiplies integers of 8 or 16 bits and shifts: one power of two a tensor, zero point 0';

const clamps = ['Relu', 'Clip'];

export const esp32s3: TargetLimits = {
  name: 'esp32s3',
  title: 'Espressif ESP32-S3 (ESP-DL)',
  summary:
    'The vector instructions of the ESP32-S3 under ESP-DL: weights and activations of 8 or 16 bits, power-of-two scales per tensor, rounding half up.',
  sources: [
    'espressif/esp-dl, operator_support_state.md (symmetric, 8 and 16 bits, ESP32-S3 rounds half up)',
    'espressif/esp-ppq 1.3, quantization/quantizer/EspdlQuantizer.py (power of two per tensor, bias of 20 bits beside 8-bit weights)',
    'espressif/esp-ppq 1.3, core/common.py and api/setting.py (Relu behind Conv, Gemm and MatMul fused; Concat on one exponent)',
  ],
  weightTypes: ['int8', 'int16'],
  activationTypes: ['int8', 'int16'],
  biasType: 'int32',
  biasBits: 20,
  saturation: 'none',
  fixPositions: 'esp-dl',
  fused: { Conv: clamps, ConvTranspose: clamps, Gemm: clamps, MatMul: clamps, Add: clamps, Sub: clamps, Mul: clamps },
  // 128-bit vectors: 16 numbers of 8 bits.
  channelMultiple: 16,
  integerOperators: [
    'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Sub', 'Mul', 'Div', 'Concat', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'Relu',
    'Clip', 'PRelu', 'LeakyRelu', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Swish', 'Tanh', 'Elu', 'Resize', 'Pad', 'Reshape', 'Flatten',
    'Squeeze', 'Unsqueeze', 'Transpose', 'Slice', 'Split', 'Gather', 'DepthToSpace', 'SpaceToDepth',
  ], // prettier-ignore
  settings: {
    quantize: {
      weights: { default: 8, allowed: [8, 16, 'float'], reason: espDl },
      activations: { default: 8, allowed: [8, 16, 'float'], reason: espDl },
      scales: { default: 'power-of-two', allowed: ['power-of-two'], reason: espDl },
      granularity: { default: 'tensor', allowed: ['tensor'], reason: espDl },
      symmetric: { default: true, allowed: [true], reason: espDl },
      'symmetric-weights': { default: true, allowed: [true], reason: espDl },
      'weight-type': { default: 'auto', allowed: ['auto', 'int8'], reason: espDl },
      'activation-type': { default: 'int8', allowed: ['int8'], reason: espDl },
      // As on other targets with one power of two a tensor (zcu104).
      calibrate: { default: 'mse' },
      round: { default: 'layer' },
    },
    prune: { 'round-to': { default: 16 } },
  },
};
