import type { Rule } from './rule.ts';

/** What the maker of a new network warns of. */
export const newNetwork: Rule = {
  kinds: [
    {
      code: 'architecture.stride',
      severity: 'warning',
      title: 'A new network for small pictures',
      text: 'The architecture narrows pictures so often that little is left of small ones. The message says what to set.',
      example: 'models:\n  student: { new: resnet18, classes: 4, input: [3, 32, 32] }\nsteps:\n  - train: { on: student }',
    },
  ],
  *check({ models }) {
    for (const { warnings, path } of models.values()) {
      for (const message of warnings) yield { path, at: 'value', severity: 'warning', code: 'architecture.stride', message };
    }
  },
};
