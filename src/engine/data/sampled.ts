import { streamSamples } from './stream.ts';
import type { Dataset } from './types.ts';

/** At most `count` samples of a dataset, evenly over its order: where classes lie one behind the other, some of each. */
export function sampled(dataset: Dataset, count: number): Dataset {
  const total = dataset.samples.length;
  if (total <= count) return dataset;
  const picks = Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
  const set = dataset.set && { ...dataset.set, entries: picks.map((place) => dataset.set!.entries[place]!) };
  return {
    ...dataset,
    samples: picks.map((place, index) => ({ ...dataset.samples[place]!, index })),
    fingerprint: `${dataset.fingerprint} ${count}`,
    ...(set ? { set } : {}),
    stream: (options) => (set ? streamSamples(set, options) : streamEach(dataset, picks, options)),
  };
}

async function* streamEach(
  dataset: Dataset,
  picks: readonly number[],
  { signal, from = 0, to = picks.length }: Parameters<Dataset['stream']>[0],
): ReturnType<Dataset['stream']> {
  for (const [index, place] of [...picks.entries()].slice(from, to))
    for await (const sample of dataset.stream({ signal, from: place, to: place + 1 })) yield { ...sample, index };
}
