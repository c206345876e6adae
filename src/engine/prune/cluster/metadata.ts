import type { Model } from '../../onnx/graph.ts';

/** In `metadata_props` of a model whose weights share values: how many a tensor has at most. Trainings behind keep them shared. */
const sharingKey = 'lathe.codebook';

export const isSharing = ({ metadata }: Model): boolean => metadata.has(sharingKey);

export function markSharing({ metadata }: Model, values: number): void {
  metadata.set(sharingKey, String(values));
}
