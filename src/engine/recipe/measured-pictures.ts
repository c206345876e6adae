import type { DataRequest } from '../../protocol/requests.ts';
import type { ResolvedRecipe } from './types.ts';

/** The pictures that a recipe's model is measured with: those of `test`, else the others; undefined where it names none. */
export function measuredPictures({ data, folder }: Pick<ResolvedRecipe, 'data' | 'folder'>): DataRequest | undefined {
  const { test, validation, calibration, input } = data;
  const source = test ?? (validation?.kind === 'path' ? validation.source : calibration);
  return source && { source, folder, ...(input ? { input } : {}) };
}
