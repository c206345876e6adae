/**
 * Operators that ONNX Runtime's CPU provider runs on integers when they stand between DequantizeLinear and QuantizeLinear.
 * Source: onnxruntime 1.30, core/optimizer/qdq_transformer/selectors_actions/qdq_selector_action_transformer.cc (the rules that
 * replace, and the rules that drop Q and DQ around operators which only move data).
 */
export const onnxruntimeIntegerOperators = [
  // Replaced by an integer kernel.
  'Conv', 'MatMul', 'Gemm', 'Add', 'Mul', 'Concat', 'AveragePool', 'GlobalAveragePool', 'LeakyRelu', 'Sigmoid', 'Softmax',
  'Split', 'Where',
  // Run on the integers as they are.
  'DepthToSpace', 'Expand', 'Flatten', 'Gather', 'GatherElements', 'MaxPool', 'ReduceMax', 'ReduceMin', 'Reshape', 'Resize', 'Slice',
  'SpaceToDepth', 'Squeeze', 'Tile', 'Transpose', 'Unsqueeze',
  // Melt into the Conv, Gemm or Add before them: the output's range does the clipping.
  'Relu', 'Clip',
] as const; // prettier-ignore
