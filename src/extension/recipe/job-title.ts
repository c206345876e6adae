import path from 'node:path';
import type { ResolvedRecipe } from '../../engine/recipe/types.ts';

/** Steps that leave a model as large as it was. */
const onlyTraining = new Set(['train', 'distill']);

/** What a run of the recipe is called while it runs: "Train resnet20.onnx", "Compress resnet20.onnx". */
export function jobTitle({ model, name, steps }: ResolvedRecipe): string {
  const trains = steps.length > 0 && steps.every(({ step }) => onlyTraining.has(step));
  return `${trains ? 'Train' : 'Compress'} ${model === undefined ? name : path.basename(model)}`;
}
