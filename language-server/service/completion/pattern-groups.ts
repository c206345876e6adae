/** Parts of names end here. */
const separators = /[/._:]/g;
/** One layer needs no pattern. */
const leastMembers = 2;

export interface PatternGroup {
  /** "/layer1/*" */
  readonly pattern: string;
  /** Names that it matches, in the order given. */
  readonly members: readonly string[];
}

/**
 * Patterns for the common beginnings of names, up to a separator, that go beyond what is typed: larger groups first. A beginning with the
 * same members as a shorter one is left out. `names` are all that hold what is typed.
 */
export function patternGroups(names: readonly string[], typed: string): PatternGroup[] {
  if (typed.includes('*')) return [];
  const groups = new Map<string, { members: string[]; shorter: string | undefined }>();
  for (const name of names) {
    // A name with a star of its own is a pattern for more than it says.
    if (!name.startsWith(typed) || name.includes('*')) continue;
    let shorter: string | undefined;
    for (const { index } of name.matchAll(separators)) {
      const head = name.slice(0, index + 1);
      if (head.length <= typed.length || head === name) continue;
      const group = groups.get(head);
      if (group) group.members.push(name);
      else groups.set(head, { members: [name], shorter });
      shorter = head;
    }
  }
  const size = (head: string | undefined): number => (head === undefined ? names.length : groups.get(head)!.members.length);
  return [...groups]
    .filter(([, { members, shorter }]) => members.length >= leastMembers && members.length < size(shorter))
    .sort(([a, { members: left }], [b, { members: right }]) => right.length - left.length || a.length - b.length)
    .map(([head, { members }]) => ({ pattern: `${head}*`, members }));
}
