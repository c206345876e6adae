import type { StaticOverlay } from './overlay.ts';

/** Multiply-adds for one picture. */
export const macs: StaticOverlay = {
  id: 'macs',
  of({ layers }) {
    const values = layers.flatMap(({ macs }, index): [number, number][] => (macs ? [[index, macs]] : []));
    if (values.length === 0) return undefined;
    const figures = values.map(([, value]) => value);
    return {
      id: 'macs',
      label: 'MACs',
      unit: 'MACs',
      better: 'low',
      thresholds: [],
      gradient: { worst: Math.max(...figures), best: Math.min(...figures), log: true },
      fold: 'sum',
      values,
      origin: 'Multiply-adds for one picture, from the shapes',
    };
  },
};
