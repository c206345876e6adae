import { cloneModel } from '../../onnx/clone.ts';
import type { Model } from '../../onnx/graph.ts';
import type { Coupling, Removal } from '../../prune/groups/types.ts';
import type { KeptPair } from '../../train/losses/matching.ts';
import { stagesOf } from '../../train/teacher/stages.ts';
import { takeInputOf } from '../../train/teacher/teacher-input.ts';

/** Places along the channel axis that a model has lost, by value. */
export type LostPlaces = ReadonlyMap<string, ReadonlySet<number>>;

/** By group, the channels of the first model that are left once more have gone; `removal` counts among those that were left before. */
export function stillKept(
  coupling: Coupling,
  before: Readonly<Record<string, readonly number[]>>,
  removal: Removal,
): Record<string, number[]> {
  return Object.fromEntries(
    coupling.groups.map(({ name, channels }) => {
      const all = before[name] ?? Array.from({ length: channels }, (_, channel) => channel);
      const gone = new Set(removal.get(name));
      return [name, all.filter((_, at) => !gone.has(at))];
    }),
  );
}

/** By value of the first model, what it has lost; `coupling` is its own. */
export function lostPlaces({ groups }: Coupling, kept: Readonly<Record<string, readonly number[]>>): LostPlaces {
  const lost = new Map<string, Set<number>>();
  for (const { name, values } of groups) {
    const stays = new Set(kept[name]);
    for (const [value, { axis, places }] of values) {
      if (axis !== 1 || !kept[name]) continue;
      const gone = lost.get(value) ?? new Set<number>();
      lost.set(value, gone);
      places.forEach((own, channel) => {
        if (!stays.has(channel)) for (const place of own) gone.add(place);
      });
    }
  }
  return lost;
}

/** The last map of each size, where both have it by the same name and the student in the channels that are left. The student's picture sizes are known. */
export function keptPairs(student: Model, teacher: Model, lost: LostPlaces): KeptPair[] {
  const seen = cloneModel(teacher);
  takeInputOf(seen, student);
  const theirs = new Map(stagesOf(seen).map(({ value, channels }) => [value, channels]));
  return stagesOf(student).flatMap(({ value, channels }) => {
    const all = theirs.get(value) ?? 0;
    const gone = lost.get(value);
    const left = Array.from({ length: all }, (_, place) => place).filter((place) => !gone?.has(place));
    if (left.length !== channels || channels === 0) return [];
    return [{ student: value, teacher: value, ...(left.length < all ? { channels: left } : {}) }];
  });
}
