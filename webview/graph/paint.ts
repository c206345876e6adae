/** What became of a node between two models. */
export type NodeStatus = 'added' | 'removed' | 'changed' | 'same';

/** How a node is coloured by an overlay. Colour is never alone: `text` stands beside it. */
export interface NodePaint {
  /** From 0 (worst) to 4 (best), fractions between the colours; undefined: the overlay says nothing of this node. */
  level(node: number): number | undefined;
  /** "12 dB". */
  text(node: number): string | undefined;
  /** For a folded group: the nodes inside it. */
  groupLevel(nodes: readonly number[]): number | undefined;
  groupText(nodes: readonly number[]): string | undefined;
  /** Of two models in one graph: drawn as the border's style and a sign (+, −, ~); boxes that are the same step back. A folded group shows the strongest inside. */
  status?(node: number): NodeStatus | undefined;
}
