import { isFloatType } from '../onnx/data-type.ts';
import type { Tensor } from '../onnx/tensor.ts';
import type { Pass, SimplifyNote } from './pass.ts';

/** Bytes of the largest constant that is compared with others. */
const limit = 4096;

/**
 * Equal shapes, axes, indices and single numbers are kept once. Weights are not: they are quantized, counted and named layer by
 * layer, even where two happen to be equal.
 */
export const mergeConstants: Pass = {
  name: 'merge-constants',
  summary: 'keeps equal shapes, indices and single numbers once',
  apply({ graph }) {
    const notes: SimplifyNote[] = [];
    const first = new Map<string, string>();
    for (const [name, tensor] of [...graph.initializers]) {
      const key = keyOf(tensor);
      if (key === undefined || graph.isInput(name) || graph.isOutput(name)) continue;
      const same = first.get(key);
      if (same === undefined) first.set(key, name);
      else {
        graph.replaceUses(name, same);
        graph.initializers.delete(name);
        graph.valueInfo.delete(name);
        notes.push({ pass: this.name, layer: name, message: `the same constant as ${same}` });
      }
    }
    return notes;
  },
};

function keyOf(tensor: Tensor): string | undefined {
  if (tensor.source.kind !== 'bytes' || tensor.byteLength > limit || (isFloatType(tensor.type) && tensor.size > 1)) return undefined;
  return `${tensor.type} ${tensor.dims.join(',')} ${Array.from(tensor.bytes).join(',')}`;
}
