import type { Model } from '../../onnx/graph.ts';

/** In `metadata_props` of a model whose zeros were pruned: the pattern. Steps behind hold the zeros. */
const sparseKey = 'lathe.sparse';

export const isSparse = ({ metadata }: Model): boolean => metadata.has(sparseKey);

export function markSparse({ metadata }: Model, pattern: string): void {
  metadata.set(sparseKey, pattern);
}
