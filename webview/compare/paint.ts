import type { ModelDiff } from '../../src/protocol/diff.ts';
import type { NodePaint } from '../graph/paint.ts';
import type { ShownOverlay } from '../overlays/overlay.ts';
import { overlayPaint } from '../overlays/paint.ts';

/** What became of each node, and how far the matched ones differ. */
export function diffPaint(diff: ModelDiff, shown: ShownOverlay | undefined): NodePaint {
  const error = shown && overlayPaint(shown, diff.nodes.length);
  return {
    level: (node) => error?.level(node),
    text: (node) => error?.text(node),
    groupLevel: (nodes) => error?.groupLevel(nodes),
    groupText: (nodes) => error?.groupText(nodes),
    status: (node) => diff.nodes[node]?.status,
  };
}

/** The same for one of the models, whose nodes have other ids: `ids` are those in the merged drawing. */
export function panePaint(paint: NodePaint, ids: readonly number[]): NodePaint {
  const lists = new WeakMap<readonly number[], number[]>();
  const merged = (nodes: readonly number[]): number[] => {
    let list = lists.get(nodes);
    if (!list) lists.set(nodes, (list = nodes.map((node) => ids[node]!)));
    return list;
  };
  return {
    level: (node) => paint.level(ids[node]!),
    text: (node) => paint.text(ids[node]!),
    groupLevel: (nodes) => paint.groupLevel(merged(nodes)),
    groupText: (nodes) => paint.groupText(merged(nodes)),
    status: (node) => paint.status?.(ids[node]!),
  };
}
