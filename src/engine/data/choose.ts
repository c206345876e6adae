import { seededRandom, shuffle } from '../base/random.ts';
import { byCodeUnit, type Entry } from './list/entry.ts';

/** What samples are balanced over: their class, else the first folder of their path. */
const groupOf = ({ label, id }: Entry): string =>
  label !== undefined ? String(label) : id.includes('/') ? id.slice(0, id.indexOf('/')) : '';

/**
 * `count` samples chosen by the seed, as many of each class (or class folder) as of any other, give or take one, as long as a class has
 * enough. They stay in the order of the dataset. All of them where there are no more than `count`.
 */
export function choose(entries: readonly Entry[], count: number, seed: number): Entry[] {
  if (count >= entries.length) return [...entries];
  const groups = new Map<string, number[]>();
  entries.forEach((entry, i) => {
    const group = groups.get(groupOf(entry));
    if (group) group.push(i);
    else groups.set(groupOf(entry), [i]);
  });
  const names = [...groups.keys()].sort(byCodeUnit);
  for (const name of names) shuffle(groups.get(name)!, seededRandom(seed, `choose:${name}`));
  // Who gets one more when it does not divide is left to the seed as well.
  shuffle(names, seededRandom(seed, 'choose'));
  const chosen: number[] = [];
  for (let round = 0; chosen.length < count; round++) {
    for (const name of names) {
      const index = groups.get(name)![round];
      if (index !== undefined && chosen.length < count) chosen.push(index);
    }
  }
  return chosen.sort((a, b) => a - b).map((index) => entries[index]!);
}
