import { DataType } from '../../onnx/data-type.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import type { Coupling, Removal } from '../groups/types.ts';

/** Which elements of the original's values are still there in the pruned model. */
export class KeptPlaces {
  readonly #removed = new Map<string, { readonly axis: number; readonly places: Set<number> }>();

  constructor(coupling: Coupling, removal: Removal) {
    for (const { name, values } of coupling.groups) {
      const channels = removal.get(name) ?? [];
      if (channels.length === 0) continue;
      for (const [value, { axis, places }] of values) {
        const known = this.#removed.get(value) ?? { axis, places: new Set<number>() };
        for (const channel of channels) for (const place of places[channel]!) known.places.add(place);
        this.#removed.set(value, known);
      }
    }
  }

  /** Of a value of the original, what the pruned model has of it. */
  take(value: string, tensor: RuntimeTensor): RuntimeTensor {
    const removed = this.#removed.get(value);
    if (!removed || removed.places.size === 0) return tensor;
    const { dims } = tensor;
    const length = dims[removed.axis]!;
    const kept = Int32Array.from({ length }, (_, place) => place).filter((place) => !removed.places.has(place));
    const inner = dims.slice(removed.axis + 1).reduce((a, b) => a * b, 1);
    const outer = dims.slice(0, removed.axis).reduce((a, b) => a * b, 1);
    const data = new Float32Array(outer * kept.length * inner);
    const values = tensor.data as Float32Array;
    let at = 0;
    for (let o = 0; o < outer; o++) {
      for (const place of kept) {
        const from = (o * length + place) * inner;
        data.set(values.subarray(from, from + inner), at);
        at += inner;
      }
    }
    return { type: DataType.float32, dims: dims.map((dim, axis) => (axis === removed.axis ? kept.length : dim)), data };
  }
}
