import { readsKey } from '../steps.ts';
import type { Rule } from './rule.ts';

/** Settings of layers that no step reads. */
export const unusedKey: Rule = {
  kinds: [
    {
      code: 'recipe.unused',
      severity: 'warning',
      title: 'A setting that no step reads',
      text: 'Entries of `layers` are settings of the steps of this recipe. This one belongs to a step that the recipe does not have.',
      example: 'steps:\n  - quantize: {}\nlayers:\n  "*": { channels: 0.5 }',
    },
  ],
  *check({ steps, layers, unsure }) {
    if (unsure(['steps'])) return;
    for (const { written, override } of layers) {
      for (const key of Object.keys(override)) {
        if (steps.some(({ name, declaration }) => name === key || readsKey(declaration, key))) continue;
        const path = ['layers', written, key];
        const message = `no step of this recipe uses ${JSON.stringify(key)}`;
        const fixes = [{ title: `Remove "${key}"`, changes: [{ kind: 'remove' as const, path }] }];
        yield { path, at: 'key', severity: 'warning', code: 'recipe.unused', message, fixes, tag: 'unnecessary' };
      }
    }
  },
};
