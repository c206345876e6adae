import type { Dim } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { type Block, blockLimit, productOf, renamed, spread, trimmed } from './block.ts';
import type { Channels, ChannelRule, Cutting } from './rule.ts';
import { keptApart } from './unify.ts';

/** Axes before and after a reshape that hold the same elements: [2, 6] and [3, 4] are one segment, [5] and [5] another. */
interface Segment {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Segments of a reshape, as small as they can be; free dimensions lie in segments of their own where they are the same on both sides. */
export function segmentsOf(from: readonly Dim[], to: readonly Dim[]): Segment[] | undefined {
  const head: Segment[] = [];
  let [i, j] = [0, 0];
  const isKnown = (dim: Dim | undefined): dim is number => typeof dim === 'number' && dim > 0;
  while (i < from.length && j < to.length) {
    if (!isKnown(from[i]) || !isKnown(to[j])) {
      if (typeof from[i] !== 'string' || from[i] !== to[j]) break;
      head.push({ from: [i++], to: [j++] });
      continue;
    }
    const segment = { from: [i], to: [j] };
    let [before, after] = [from[i++] as number, to[j++] as number];
    while (before !== after) {
      if (before < after) {
        if (!isKnown(from[i])) break;
        segment.from.push(i);
        before *= from[i++] as number;
      } else {
        if (!isKnown(to[j])) break;
        segment.to.push(j);
        after *= to[j++] as number;
      }
    }
    if (before !== after) {
      [i, j] = [segment.from[0]!, segment.to[0]!];
      break;
    }
    head.push(segment);
  }
  return closed(from, to, head, i, j);
}

/** What is left behind the segments: axes of size 1 go to the last one; an unknown rest is matched from the end. */
function closed(from: readonly Dim[], to: readonly Dim[], head: readonly Segment[], i: number, j: number): Segment[] | undefined {
  const left = { from: range(i, from.length), to: range(j, to.length) };
  const isOne = (dims: readonly Dim[], axes: readonly number[]): boolean => axes.every((axis) => dims[axis] === 1);
  if (isOne(from, left.from) && isOne(to, left.to)) {
    const last = head.at(-1);
    if (!last) return left.from.length || left.to.length ? [left] : [];
    return [...head.slice(0, -1), { from: [...last.from, ...left.from], to: [...last.to, ...left.to] }];
  }
  const tail: Segment[] = [];
  let [p, q] = [from.length - 1, to.length - 1];
  while (p >= i && q >= j && typeof from[p] === 'number' && from[p] === to[q] && (p > i || q > j)) tail.unshift({ from: [p--], to: [q--] });
  const middle = { from: range(i, p + 1), to: range(j, q + 1) };
  return [...head, middle, ...tail];
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** A block under a new shape; undefined where that can't be said (free dimensions, too many elements). */
export function reshapedBlock(block: Block, from: readonly Dim[], to: readonly Dim[], segments: readonly Segment[]): Block | undefined {
  const touched = segments.filter((segment) => segment.from.some((axis) => block.axes.includes(axis)));
  const [axes, targets] = [touched.flatMap((segment) => segment.from), touched.flatMap((segment) => segment.to)];
  const [dims, sizes] = [axes.map((axis) => from[axis]), targets.map((axis) => to[axis])];
  const areKnown = (all: readonly (Dim | undefined)[]): all is number[] => all.every((dim) => typeof dim === 'number' && dim > 0);
  if (!areKnown(dims) || !areKnown(sizes) || !sizes.length || productOf(dims) > blockLimit || productOf(dims) !== productOf(sizes))
    return undefined;
  return trimmed({ axes: targets, dims: sizes, atoms: spread(block, axes, dims) });
}

/** Reshape, Flatten, Squeeze, Unsqueeze. */
function followView(channels: Channels): Block[] {
  const [from, to] = [channels.shape(0), channels.outputShape()];
  if (!from || !to) return [];
  const segments = segmentsOf(from, to) ?? [];
  const found = singled(channels, segments);
  return found.flatMap((block) => {
    const turned = reshapedBlock(block, from, to, segments);
    if (turned) return [turned];
    channels.keep([block], 'merges it with dimensions of free size');
    return [];
  });
}

/** Blocks of the input, at most one in each segment: two that are merged into one axis can't be cut apart. */
function singled(channels: Channels, segments: readonly Segment[]): Block[] {
  let blocks = [...channels.blocks(0)];
  for (const { from } of segments) {
    if (from.length < 2) continue;
    const here = blocks.filter((block) => block.axes.some((axis) => from.includes(axis)));
    if (here.length < 2) continue;
    const axes = here.flatMap((block) => block.axes).sort((a, b) => a - b);
    const merged = channels.merge(0, axes);
    if (merged) {
      blocks = [...blocks.filter((block) => !here.includes(block)), merged];
      continue;
    }
    const best = here.reduce((a, b) => (channels.atoms.cuttable(b.atoms) > channels.atoms.cuttable(a.atoms) ? b : a));
    channels.keep(
      here.filter((block) => block !== best),
      'merges it with other channels',
    );
    blocks = blocks.filter((block) => block === best || !here.includes(block));
  }
  return blocks;
}

const view: ChannelRule = { follow: (channels) => [followView(channels)] };

/**
 * Target of a reshape with constant sizes: a number where it is known, 0 for a free dimension that keeps its place, -1 for one more. Undefined where that does not say it all.
 */
export function targetShape(before: readonly Dim[], after: readonly Dim[]): number[] | undefined {
  let open = 0;
  const target = after.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    if (typeof dim === 'string' && before[axis] === dim) return 0;
    open++;
    return -1;
  });
  return open <= 1 && !(target.includes(0) && after.includes(0)) ? target : undefined;
}

const reshape: ChannelRule = {
  follow(channels) {
    const [from, to] = [channels.shape(0), channels.outputShape()];
    const blocks = followView(channels);
    if (channels.opset < 5 || !from || !to || targetShape(from, to)) return [blocks];
    return [writable(channels, 1, blocks)];
  },
  cut(cutting) {
    const after = cutting.newOutputShape();
    if (cutting.opset < 5) {
      const stored = cutting.node.ints('shape') ?? [];
      const value = stored.map((size, axis) => (size > 0 && typeof after[axis] === 'number' ? after[axis] : size));
      cutting.node.attributes.set('shape', { kind: 'ints', value });
      return;
    }
    rewriteShape(cutting, 1, cutting.outputShape(), after, targetShape(cutting.newShape(0), after));
  },
};

/** Blocks of a result whose shape an operand says: those stay for which it can't be written anew. */
export function writable(channels: Channels, input: number, blocks: readonly Block[], axes?: readonly number[]): Block[] {
  return blocks.filter((block) => {
    const can = block.axes.every((axis) => {
      const element = axes ? axes.indexOf(axis) : axis;
      return element < 0 || channels.adapts(input, element, block.axes.length === 1 ? block.atoms : undefined);
    });
    if (!can) channels.keep([block], 'has a shape that is computed in a way that is not understood');
    return can;
  });
}

/** Elements of a shape operand that change with the widths; -1 and 0 say the same as before. */
export function rewriteShape(
  cutting: Cutting,
  input: number,
  before: readonly Dim[],
  after: readonly Dim[],
  target: readonly number[] | undefined,
): void {
  const stored = cutting.numbers(input);
  if (stored) {
    const sizes = stored.map((size, axis) => (size > 0 && typeof after[axis] === 'number' ? after[axis] : size));
    // A 0 copies the size at the same place of the input, which may be another one now.
    const isCopy = (size: number, axis: number): boolean => size === 0 && cutting.newShape(0)[axis] === after[axis];
    cutting.setInput(
      input,
      Tensor.int64(
        [sizes.length],
        sizes.map((size, axis) => (size === 0 && !isCopy(size, axis) ? (after[axis] as number) : size)),
      ),
    );
  } else if (target) cutting.setInput(input, Tensor.int64([target.length], target));
  else
    cutting.setShapeElements(
      input,
      after.map((dim, axis) => (dim === before[axis] || typeof dim !== 'number' ? undefined : dim)),
    );
}

const transpose: ChannelRule = {
  follow(channels) {
    const rank = channels.shape(0)!.length;
    const order = channels.node.ints('perm') ?? range(0, rank).reverse();
    return [channels.blocks(0).map((block) => renamed(block, (axis) => order.indexOf(axis)))];
  },
};

/** Block of b × b places become channels or the other way round: DepthToSpace [b, b, C] (DCR) or [C, b, b] (CRD). */
const depthToSpace: ChannelRule = {
  follow(channels) {
    const size = channels.node.int('blocksize', 1);
    const isLast = channels.node.string('mode', 'DCR') === 'CRD';
    const [block, ...others] = [...channels.blocks(0)].sort((a, b) => Number(b.axes.includes(1)) - Number(a.axes.includes(1)));
    if (!block?.axes.includes(1)) return [keptApart(channels, [...channels.blocks(0)], [2, 3], 'mixes neighbouring places')];
    const { atoms } = channels.atoms.collapsed(block, block.axes.indexOf(1));
    const count = atoms.length / (size * size);
    const made = Int32Array.from({ length: count }, (_, c) => atoms[isLast ? c * size * size : c]!);
    atoms.forEach((atom, index) => channels.atoms.unite(atom, made[isLast ? Math.floor(index / (size * size)) : index % count]!));
    return [[...keptApart(channels, others, [2, 3], 'mixes neighbouring places'), { axes: [1], dims: [count], atoms: made }]];
  },
};

const spaceToDepth: ChannelRule = {
  follow(channels) {
    const size = channels.node.int('blocksize', 1);
    const block = channels.blocks(0).find((each) => each.axes.includes(1));
    const others = channels.blocks(0).filter((each) => each !== block);
    const kept = keptApart(channels, others, [2, 3], 'mixes neighbouring places');
    if (!block) return [kept];
    const { atoms } = channels.atoms.collapsed(block, block.axes.indexOf(1));
    const made = Int32Array.from({ length: atoms.length * size * size }, (_, index) => atoms[index % atoms.length]!);
    return [[...kept, { axes: [1], dims: [made.length], atoms: made }]];
  },
};

export const layoutChannels: Readonly<Record<string, ChannelRule>> = {
  Reshape: reshape,
  Flatten: view,
  Squeeze: view,
  Unsqueeze: view,
  Transpose: transpose,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
