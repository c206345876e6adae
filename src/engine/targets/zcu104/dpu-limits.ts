import type { TargetLimits } from '../limits.ts';

const dpu = 'the DPU multiplies 8-bit integers and shifts: one power of two a tensor, zero point 0';

/** What all boards with a DPUCZDX8G have in common. */
export const dpuLimits = {
  weightTypes: ['int8'],
  activationTypes: ['int8'],
  biasType: 'int8',
  saturation: 'none',
  fixPositions: 'dpu',
  channelMultiple: 16,
  integerOperators: [
    'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Mul', 'Concat', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'Relu', 'Clip',
    'LeakyRelu', 'HardSigmoid', 'HardSwish', 'Resize', 'Pad', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'ArgMax',
  ], // prettier-ignore
  settings: {
    quantize: {
      weights: { default: 8, allowed: [8, 'float'], reason: dpu },
      activations: { default: 8, allowed: [8, 'float'], reason: dpu },
      scales: { default: 'power-of-two', allowed: ['power-of-two'], reason: dpu },
      granularity: { default: 'tensor', allowed: ['tensor'], reason: dpu },
      symmetric: { default: true, allowed: [true], reason: dpu },
      'symmetric-weights': { default: true, allowed: [true], reason: dpu },
      'weight-type': { default: 'int8', allowed: ['int8', 'auto'], reason: dpu },
      // Measured on training pictures of five networks: the error of the outputs is 0.8 to 5 dB less than with the range that clips nothing.
      calibrate: { default: 'mse' },
      // Plain rounding leaves MobileNetV1 nothing on one power of two a layer; elsewhere this gains up to 1 dB.
      round: { default: 'layer' },
      'activation-type': { default: 'int8', allowed: ['int8'], reason: dpu },
    },
    // As `channelMultiple`.
    prune: { 'round-to': { default: 16 } },
  },
} as const satisfies Omit<TargetLimits, 'name' | 'title' | 'summary' | 'sources'>;
