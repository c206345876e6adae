import type { Block } from '../../ops/channels/block.ts';
import type { Followed } from './follow.ts';

/** One axis of one value (an activation or a stored tensor) on which channels lie: the class of every coordinate. */
export interface CutAxis {
  readonly value: string;
  readonly axis: number;
  /** Class by coordinate, as `Atoms.find` gives it once all is united. */
  readonly classes: Int32Array;
  /** One atom of every coordinate: says who uses it. */
  readonly atoms: Int32Array;
}

/**
 * Chooses the axis along which every value is cut: where channels lie on several (the parts of a shuffle, heads), whatever leaves most to choose from; all that
 * shares a coordinate there goes together. Ties only grow, so that one pass is enough.
 */
export function settle({ atoms, blocks, held }: Followed): CutAxis[] {
  const chosen: { value: string; block: Block }[] = [];
  for (const [value, own] of blocks) {
    for (const block of own) {
      if (block.axes.length === 1) chosen.push({ value, block });
      else {
        const open = block.axes.map((_, at) => at).filter((at) => !held.get(value)?.has(block.axes[at]!));
        const count = new Map(open.map((at) => [at, atoms.cuttableAlong(block, at)]));
        const best = open.reduce(
          (a, b) => (count.get(b)! > count.get(a)! || (block.dims[a] === 1 && block.dims[b]! > 1) ? b : a),
          open[0] ?? 0,
        );
        chosen.push({ value, block: atoms.collapsed(block, best) });
      }
    }
  }
  return chosen.map(({ value, block }) => ({
    value,
    axis: block.axes[0]!,
    atoms: block.atoms,
    classes: block.atoms.map((atom) => atoms.find(atom)),
  }));
}
