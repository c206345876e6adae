/** Cells of the table of an alignment: larger ones are aligned between their neighbours only where that fits. */
const largestTable = 4_000_000;

/**
 * Pairs what is left of two lists so that the pairs stand in the same order in both and are as alike as can be (Needleman and Wunsch 1970). What is paired
 * already stays, and parts the lists; `likeness` is 0 for what cannot be a pair.
 */
export function inOrder<A, B>(first: readonly A[], second: readonly B[], pairs: Map<A, B>, likeness: (a: A, b: B) => number): void {
  const taken = new Set(pairs.values());
  const placeOf = new Map(second.map((item, at) => [item, at]));
  let [from, reached]: [A[], number] = [[], 0];
  const align = (end: number): void => {
    alignPart(from, second.slice(reached, Math.max(reached, end)).filter((item) => !taken.has(item)), pairs, likeness); // prettier-ignore
    from = [];
  };
  for (const item of first) {
    const known = pairs.get(item);
    if (known === undefined) {
      from.push(item);
      continue;
    }
    const place = placeOf.get(known)!;
    // Known pairs that cross each other do not part the lists.
    if (place < reached) continue;
    align(place);
    reached = place + 1;
  }
  align(second.length);
}

function alignPart<A, B>(first: readonly A[], second: readonly B[], pairs: Map<A, B>, likeness: (a: A, b: B) => number): void {
  const [rows, columns] = [first.length, second.length];
  if (rows === 0 || columns === 0 || rows * columns > largestTable) return;
  const width = columns + 1;
  const best = new Float64Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--)
    for (let j = columns - 1; j >= 0; j--) {
      const gain = likeness(first[i]!, second[j]!);
      const paired = gain > 0 ? gain + best[(i + 1) * width + j + 1]! : 0;
      best[i * width + j] = Math.max(paired, best[(i + 1) * width + j]!, best[i * width + j + 1]!);
    }
  for (let i = 0, j = 0; i < rows && j < columns;) {
    const gain = likeness(first[i]!, second[j]!);
    const here = best[i * width + j]!;
    if (gain > 0 && here === gain + best[(i + 1) * width + j + 1]!) pairs.set(first[i++]!, second[j++]!);
    else if (here === best[(i + 1) * width + j]!) i++;
    else j++;
  }
}
