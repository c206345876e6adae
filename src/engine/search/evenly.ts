import type { Dataset } from '../data/types.ts';

/** Every so-many-th sample of a dataset, `count` at most: all classes of a set that is sorted by class. */
export function evenly(dataset: Dataset, count: number): Dataset {
  const all = dataset.samples;
  if (count >= all.length) return dataset;
  const chosen = Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]!);
  return {
    ...dataset,
    samples: chosen.map((sample, index) => ({ ...sample, index })),
    ...(dataset.set ? { set: { ...dataset.set, entries: chosen.map(({ index }) => dataset.set!.entries[index]!) } } : {}),
    fingerprint: `${dataset.fingerprint} evenly ${count}`,
    async *stream({ signal, from = 0, to = count }) {
      for (let index = from; index < to; index++) {
        const at = chosen[index]!.index;
        for await (const sample of dataset.stream({ signal, from: at, to: at + 1 })) yield { ...sample, index };
      }
    },
  };
}
