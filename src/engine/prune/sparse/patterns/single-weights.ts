import type { Pattern } from './pattern.ts';

/** Each weight by itself. */
export const singleWeights: Pattern = {
  title: 'single weights',
  units: ({ values }) => ({ of: Int32Array.from(values, (_, i) => i), sizes: new Int32Array(values.length).fill(1) }),
};
