import type { BatchSource } from '../data/batches.ts';
import type { Model, ValueInfo } from '../onnx/graph.ts';

/**
 * Gives a model that takes pictures of any size the size of these batches, in place: a training graph has fixed shapes. Returns what undoes it. Reads a batch only where a
 * size is free. Throws `data.*`, and Cancelled.
 */
export async function takePictureSize(model: Model, batches: BatchSource, signal: AbortSignal): Promise<() => void> {
  const { graph } = model;
  const before = graph.inputs;
  const [input] = graph.requiredInputs;
  if (!input || !isOpen(input)) return () => {};
  for await (const batch of batches.epoch(0, { signal })) {
    graph.inputs = before.map((value) => (value.name === input.name ? withSizes(value, batch.input.dims.slice(1)) : value));
    break;
  }
  return () => (graph.inputs = before);
}

/** Of a picture; that of the batch is free anyway. */
const isOpen = ({ type }: ValueInfo): boolean =>
  type?.kind === 'tensor' && (type.shape?.slice(1).some((size) => typeof size !== 'number') ?? false);

function withSizes(value: ValueInfo, dims: readonly number[]): ValueInfo {
  const { type } = value;
  if (type?.kind !== 'tensor' || type.shape?.length !== dims.length + 1) return value;
  return { name: value.name, type: { ...type, shape: [type.shape[0] ?? null, ...dims] } };
}
