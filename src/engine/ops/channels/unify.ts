import type { Dim } from '../../onnx/graph.ts';
import type { Channels } from './rule.ts';
import { type Block, blockAlong, renamed, without } from './block.ts';

/** An operand as it lies on the axes of a result. */
export interface Aligned {
  readonly blocks: readonly Block[];
  /** Axes of the result along which this operand has elements of its own; along others it is repeated. */
  readonly own: ReadonlySet<number>;
  readonly fixedBy: string;
  /** Index of the input, for constants that take the form of the others. */
  readonly input: number;
  /** Axis of the operand, by axis of the result. */
  from(axis: number): number;
}

/**
 * Inputs laid on a result of this shape by numpy's broadcasting. A channel axis of size 1 that is repeated over several places can't be cut.
 */
export function broadcastOperands(channels: Channels, inputs: readonly number[], result: readonly Dim[]): Aligned[] {
  return inputs.flatMap((input) => {
    const shape = channels.shape(input);
    if (!shape) return [];
    const lead = result.length - shape.length;
    const repeated = new Set(shape.flatMap((dim, axis) => (dim === 1 && result[axis + lead] !== 1 ? [axis] : [])));
    const blocks = channels.blocks(input).flatMap((block) => {
      const left = withoutAxes(channels, block, repeated, 'repeats it over several channels');
      return left ? [renamed(left, (axis) => axis + lead)] : [];
    });
    const own = new Set(shape.flatMap((_, axis) => (repeated.has(axis) ? [] : [axis + lead])));
    return [{ blocks, own, fixedBy: channels.fixedBy(input), input, from: (axis) => axis - lead }];
  });
}

/** A block without axes of size 1; undefined, and its channels kept, when nothing is left. */
function withoutAxes(channels: Channels, block: Block, axes: ReadonlySet<number>, reason: string): Block | undefined {
  if (!block.axes.some((axis) => axes.has(axis))) return block;
  if (block.axes.every((axis) => axes.has(axis))) {
    channels.keep([block], reason);
    return undefined;
  }
  let left = block;
  for (const axis of block.axes) if (axes.has(axis)) left = without(left, left.axes.indexOf(axis));
  return left;
}

/** Blocks of an elementwise result: the same place of every operand goes together. */
export function unite(channels: Channels, operands: readonly Aligned[]): Block[] {
  const shaped = operands.map((operand) => ({ ...operand, blocks: adapted(channels, operand, operands) }));
  let result: Block[] = [];
  for (const operand of shaped) for (const block of operand.blocks) result = joined(channels, result, block);
  for (const operand of shaped) result = result.flatMap((block) => within(channels, block, operand));
  return result;
}

/** An untouched constant takes the form of a block over several axes that another operand has. */
function adapted(channels: Channels, operand: Aligned, all: readonly Aligned[]): readonly Block[] {
  if (!channels.isConstant(operand.input)) return operand.blocks;
  let { blocks } = operand;
  for (const other of all) {
    for (const { axes } of other.blocks) {
      if (axes.length === 1 || !axes.every((axis) => operand.own.has(axis))) continue;
      const merged = channels.merge(operand.input, axes.map(operand.from));
      if (!merged) continue;
      const lead = axes[0]! - operand.from(axes[0]!);
      blocks = [...blocks.filter((block) => !block.axes.some((axis) => axes.includes(axis))), renamed(merged, (axis) => axis + lead)];
    }
  }
  return blocks;
}

/** Adds a block to those that have been found, united with the ones that share axes with it. */
function joined(channels: Channels, found: readonly Block[], block: Block): Block[] {
  let mine = block;
  const rest: Block[] = [];
  for (const other of found) {
    if (!other.axes.some((axis) => mine.axes.includes(axis))) rest.push(other);
    else mine = reconciled(channels, other, mine);
  }
  return [...rest, mine];
}

/** One block for two that share axes. Where they lie on different axes the common one with most channels to cut is taken. */
function reconciled(channels: Channels, a: Block, b: Block): Block {
  const { atoms } = channels;
  if (a.axes.length === b.axes.length && a.axes.every((axis, i) => axis === b.axes[i])) {
    if (a.atoms.length === b.atoms.length) atoms.uniteAll(a.atoms, b.atoms);
    else channels.keep([a, b], 'has operands of different sizes');
    return a;
  }
  const common = a.axes.filter((axis) => b.axes.includes(axis));
  const score = (axis: number): number =>
    Math.min(atoms.cuttableAlong(a, a.axes.indexOf(axis)), atoms.cuttableAlong(b, b.axes.indexOf(axis)));
  const best = common.reduce((left, right) => (score(right) > score(left) ? right : left));
  // What can't be cut there anyway leaves the other axes of the larger block open.
  if (score(best) === 0) {
    const [small, large] = a.axes.length < b.axes.length ? [a, b] : [b, a];
    const open = large.axes.filter((axis) => !small.axes.includes(axis) && atoms.cuttableAlong(large, large.axes.indexOf(axis)) > 0);
    if (open.length) {
      channels.keep([small], 'reads them beside others');
      return atoms.collapsed(large, large.axes.indexOf(open[0]!));
    }
  }
  const [left, right] = [a, b].map((block) => atoms.collapsed(block, block.axes.indexOf(best)));
  atoms.uniteAll(left!.atoms, right!.atoms);
  return left!;
}

/** A block as far as an operand allows: along an axis of its own that it can't cut, nobody can. */
function within(channels: Channels, block: Block, operand: Aligned): Block[] {
  const fixed = block.axes.filter((axis) => operand.own.has(axis) && !operand.blocks.some((own) => own.axes.includes(axis)));
  return fixed.length ? keptApart(channels, [block], fixed, `joins it with ${operand.fixedBy}`) : [block];
}

/** Blocks of a node that can't lose places along these axes: cut along another of their axes, or kept with the reason. */
export function keptApart(channels: Channels, blocks: readonly Block[], axes: readonly number[], reason: string): Block[] {
  return blocks.flatMap((block) => {
    if (!block.axes.some((axis) => axes.includes(axis))) return [block];
    const open = block.axes.filter((axis) => !axes.includes(axis));
    if (!open.length) {
      channels.keep([block], reason);
      return [];
    }
    const count = (axis: number): number => channels.atoms.cuttableAlong(block, block.axes.indexOf(axis));
    const best = open.reduce((left, right) => (count(right) > count(left) ? right : left));
    return [channels.atoms.collapsed(block, block.axes.indexOf(best))];
  });
}

/** The atoms of an input along one axis, one for each place: a block over several axes is cut along this one. Undefined: fixed. */
export function atomsAlong(channels: Channels, input: number, axis: number): Int32Array | undefined {
  const block = channels.blocks(input).find((each) => each.axes.includes(axis));
  return block && channels.atoms.collapsed(block, block.axes.indexOf(axis)).atoms;
}

/** Unites atoms place by place; where one side is fixed the other is kept. Returns the ones that can be cut. */
export function tied(channels: Channels, a: Int32Array | undefined, b: Int32Array | undefined, reason: string): Int32Array | undefined {
  if (a && b && a.length === b.length) channels.atoms.uniteAll(a, b);
  else for (const side of [a, b]) if (side) channels.keep([blockAlong(0, side)], reason);
  return a ?? b;
}
