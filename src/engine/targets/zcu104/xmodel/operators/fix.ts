import { dataTypeName, DataType } from '../../../../onnx/data-type.ts';
import type { OperatorWriter } from './index.ts';

const widths: ReadonlyMap<DataType, number> = new Map([
  [DataType.int8, 8],
  [DataType.int16, 16],
]);

/** The rounding of an activation. Its op stands for the float value behind the DequantizeLinear. */
export const quantize: OperatorWriter = (writing, node) => {
  const { position, type } = writing.fixOf(node);
  const bits =
    widths.get(type) ?? writing.refuse(node, `it rounds to ${dataTypeName(type)}; the DPU takes int8`, 'Quantize with --target zcu104.');
  writing.made(node, writing.builder.fix(writing.op(node.inputs[0]!), position, bits));
};

/** Of an activation the op of its rounding; of a constant nothing: whoever reads it knows its form. */
export const dequantize: OperatorWriter = (writing, node) => {
  const [codes = ''] = node.inputs;
  if (writing.graph.constant(codes)) return;
  const maker = writing.graph.producer(codes);
  if (maker?.op !== 'QuantizeLinear') writing.refuse(node, 'it reads integers that no QuantizeLinear has made');
  if (writing.fixOf(maker!).position !== writing.fixOf(node).position)
    writing.refuse(node, `it has another scale than ${JSON.stringify(maker!.label)}`);
  writing.made(node, writing.op(codes));
};
