import type { Tensor } from '../onnx/tensor.ts';
import type { Scope } from '../ops/infer.ts';
import { carriesConstant } from './constants.ts';

/**
 * The stored tensor behind a value, through what only dequantizes, casts or reshapes it, out of sub-graphs and function bodies; undefined for
 * anything computed.
 */
export function sourceTensor(scope: Scope, value: string): Tensor | undefined {
  let at: Scope | undefined = scope;
  let name = value;
  while (at && name !== '') {
    const tensor = at.graph.constant(name);
    if (tensor) return tensor;
    const producer = at.graph.producer(name);
    if (producer) {
      if (!carriesConstant(at, producer) || producer.outputs[0] !== name) return undefined;
      name = producer.inputs[0] ?? '';
      continue;
    }
    const { graph, caller, parent }: Scope = at;
    const input = caller ? graph.inputs.findIndex((known) => known.name === name) : -1;
    if (caller && input >= 0) {
      name = caller.node.inputs[input] ?? '';
      at = caller.scope;
    } else at = graph.isInput(name) ? undefined : parent;
  }
  return undefined;
}
