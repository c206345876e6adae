import { encodeModel } from '../../src/engine/onnx/codec.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { type BuildNode, buildModel } from './model-builder.ts';
import type { Net } from './nets.ts';

/** A valid ONNX file of a topology: a convolution or an activation where one value is read, a sum where more are. Flat names. */
export function modelOfNet({ nodes, from, to }: Net): Uint8Array {
  const inputs = Array.from({ length: nodes }, () => [] as string[]);
  const isRead = new Uint8Array(nodes);
  from.forEach((producer, edge) => {
    inputs[to[edge]!]!.push(`v${producer}`);
    isRead[producer] = 1;
  });
  const shape = [1, 8, 16, 16];
  const list = inputs.map((read, node): BuildNode => {
    const values = read.length === 0 ? ['x'] : read;
    if (values.length > 1) return ['Sum', values, [`v${node}`]];
    return node % 3 ? ['Relu', values, [`v${node}`]] : ['Conv', [values[0]!, 'w'], [`v${node}`]];
  });
  const model = buildModel({
    inputs: [{ name: 'x', shape }],
    outputs: Array.from(isRead.keys())
      .filter((node) => !isRead[node])
      .map((node) => ({ name: `v${node}`, shape })),
    nodes: list,
    initializers: { w: Tensor.float32([8, 8, 1, 1], new Float32Array(64).fill(1 / 8)) },
  });
  return encodeModel(model);
}
