import type { DiffNode, DiffStatus, ModelDiff } from '../../src/protocol/diff.ts';
import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import { visible } from '../../src/protocol/format.ts';
import type { ShownOverlay } from '../overlays/overlay.ts';

/** Which rows are listed; `worst`: those with a figure, worst first. */
export const filters = ['differences', 'changed', 'added', 'removed', 'worst', 'all'] as const;
export type Filter = (typeof filters)[number];

/** Signs that stand beside colour and border. */
export const signs: Readonly<Record<DiffStatus, string>> = { added: '+', removed: '−', changed: '~', same: '=' };

/** Ids of what is drawn as a node of its own: no folded constants and quantizers. */
export const drawnNodes = ({ nodes }: DrawableGraph): number[] => nodes.flatMap(({ into }, id) => (into === undefined ? [id] : []));

/** Ids to list, in the order of depth, or worst first. */
export function listed(diff: ModelDiff, drawn: readonly number[], filter: Filter, shown: ShownOverlay | undefined): number[] {
  switch (filter) {
    case 'all':
      return [...drawn];
    case 'differences':
      return drawn.filter((id) => diff.nodes[id]!.status !== 'same');
    case 'worst':
      return [...(shown?.ranking ?? [])];
    default:
      return drawn.filter((id) => diff.nodes[id]!.status === filter);
  }
}

/** "/conv1/Conv", or both names where it was renamed. */
export const nameText = ({ names, status }: DiffNode): string =>
  status === 'added' || status === 'removed' || names.a === names.b ? visible(names.b) : `${visible(names.a)} → ${visible(names.b)}`;

export function counts(diff: ModelDiff, drawn: readonly number[]): Record<DiffStatus, number> {
  const found = { added: 0, removed: 0, changed: 0, same: 0 };
  for (const id of drawn) found[diff.nodes[id]!.status]++;
  return found;
}
