import { modelFacts } from '../../src/engine/recipe/facts/model.ts';
import type { Known } from '../../src/engine/recipe/facts/types.ts';
import type { World } from '../../src/engine/recipe/world.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';

const reading: Known<never> = { state: 'reading' };

/** A world with these models, by absolute path, of which nothing else is known. */
export const worldOf = (models: Readonly<Record<string, Model>> = {}): World => ({
  model: (file) => {
    const model = Object.hasOwn(models, file) ? models[file] : undefined;
    return model ? { state: 'known', value: modelFacts(model, { file, bytes: 0 }, { pruning: true }) } : reading;
  },
  data: () => reading,
  folder: () => reading,
});
