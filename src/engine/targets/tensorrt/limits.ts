import type { TargetLimits } from '../limits.ts';

const integers = 'TensorRT multiplies signed 8-bit integers with zero point 0';
const activations = ['Relu', 'Clip', 'LeakyRelu'];

export const tensorrt: TargetLimits = {
  name: 'tensorrt',
  title: 'NVIDIA TensorRT (Jetson, GPUs)',
  summary:
    'TensorRT with explicit quantization: signed 8-bit weights with a scale a channel, signed 8-bit activations with a scale a tensor, no zero points, biases as numbers.',
  sources: [
    'https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/work-quantized-types.html (explicit quantization, symmetric)',
    'onnx/onnx-tensorrt 10.15, docs/operators.md (DequantizeLinear takes INT8, x_zero_point must be zero)',
    'https://docs.nvidia.com/deeplearning/tensorrt/latest/api/migration/tensorrt-10x-to-11x-trtexec.html (implicit quantization removed)',
  ],
  weightTypes: ['int8'],
  activationTypes: ['int8'],
  // DequantizeLinear of int32 is none of its operators.
  biasType: 'float32',
  saturation: 'none',
  fused: { Conv: activations, ConvTranspose: activations, Gemm: activations, MatMul: activations, Add: activations },
  channelMultiple: 1,
  // Layers that gain from integers; the rest is fused in float around them.
  integerOperators: [
    'Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Add', 'Concat', 'MaxPool', 'AveragePool', 'GlobalAveragePool', 'Reshape', 'Flatten',
    'Squeeze', 'Unsqueeze', 'Transpose', 'Slice', 'Split', 'Gather', 'Resize', 'Pad',
  ], // prettier-ignore
  settings: {
    quantize: {
      weights: { default: 8, allowed: [8, 'float'], reason: integers },
      activations: { default: 8, allowed: [8, 'float'], reason: integers },
      granularity: { default: 'channel', allowed: ['channel', 'tensor'], reason: 'TensorRT takes one scale for a channel or a tensor' },
      symmetric: { default: true, allowed: [true], reason: integers },
      'symmetric-weights': { default: true, allowed: [true], reason: integers },
      'weight-type': { default: 'int8', allowed: ['int8', 'auto'], reason: integers },
      'activation-type': { default: 'int8', allowed: ['int8'], reason: integers },
    },
  },
};
