import { Tensor } from '../../onnx/tensor.ts';
import { type Block, blockAlong, partOf, renamed, without } from './block.ts';
import type { Channels, ChannelRule, Cutting } from './rule.ts';
import { type Aligned, atomsAlong, keptApart, unite } from './unify.ts';

const normal = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Blocks that do not lie along an axis, and the atoms along it (a block over several axes is cut along this one). */
function splitAt(channels: Channels, input: number, axis: number): { rest: Block[]; atoms: Int32Array | undefined } {
  return { rest: channels.blocks(input).filter((block) => !block.axes.includes(axis)), atoms: atomsAlong(channels, input, axis) };
}

/**
 * A block over several axes of which this is one (queries, keys and values side by side): parts of it are taken, and the input is cut along another of its axes. Undefined where the block lies
 * on this axis alone.
 */
function heldBlock(channels: Channels, axis: number): Block | undefined {
  const block = channels.blocks(0).find((each) => each.axes.includes(axis));
  if (!block || block.axes.length === 1) return undefined;
  channels.hold(0, axis);
  return block;
}

/** What is not cut along an input's axis still has its places in the result. */
function pinnedPlaces(channels: Channels, count: number, reason: string): Int32Array {
  const atoms = channels.atoms.fresh(count);
  channels.keep([blockAlong(0, atoms)], reason);
  return atoms;
}

/** Joins along one axis, places behind each other; along all others every input has to agree. */
const concat = (inputs: (channels: Channels) => readonly number[]): ChannelRule => ({
  follow(channels) {
    const all = inputs(channels);
    const rank = channels.shape(all[0]!)!.length;
    const axis = normal(channels.node.int('axis', 1), rank);
    const parts = all.map((input) => ({ input, ...splitAt(channels, input, axis), size: channels.shape(input)![axis] }));
    const own = new Set(Array.from({ length: rank }, (_, each) => each).filter((each) => each !== axis));
    const others = unite(
      channels,
      parts.map(({ input, rest }): Aligned => ({ input, blocks: rest, own, fixedBy: channels.fixedBy(input), from: (each) => each })),
    );
    if (!parts.some(({ atoms }) => atoms)) return [others];
    if (!parts.every(({ size }) => typeof size === 'number')) {
      for (const { atoms } of parts) if (atoms) channels.keep([blockAlong(axis, atoms)], 'joins it with dimensions of free size');
      return [others];
    }
    const joined = parts.flatMap(({ atoms, size, input }) => [
      ...(atoms ?? pinnedPlaces(channels, size as number, `joins it with ${channels.fixedBy(input)}`)),
    ]);
    return [[...others, blockAlong(axis, Int32Array.from(joined))]];
  },
});

/** Sizes of the parts of a Split: attribute, operand (opset 13), or equal. */
const split: ChannelRule = {
  follow(channels) {
    const axis = normal(channels.node.int('axis', 0), channels.shape(0)!.length);
    const sizes = channels.node.outputs.map((_, output) => channels.outputShape(output)?.[axis]);
    const held = sizes.every((size) => typeof size === 'number') ? heldBlock(channels, axis) : undefined;
    if (held) return partsOf(channels, held, axis, sizes as number[]);
    const { rest, atoms } = splitAt(channels, 0, axis);
    let start = 0;
    return channels.node.outputs.map((_, output) => {
      const size = sizes[output];
      if (!atoms) return rest;
      if (typeof size !== 'number') {
        channels.keep([blockAlong(axis, atoms)], 'has parts of unknown size');
        return rest;
      }
      start += size;
      return [...rest, blockAlong(axis, atoms.slice(start - size, start))];
    });
  },
  cut(cutting) {
    const { node, opset } = cutting;
    const axis = normal(node.int('axis', 0), cutting.shape(0).length);
    if (!cutting.kept(0, axis)) return;
    const sizes = node.outputs.map((_, output) => cutting.newOutputShape(output)[axis] as number);
    if (opset < 13) {
      node.attributes.set('split', { kind: 'ints', value: sizes });
      return;
    }
    node.attributes.delete('num_outputs');
    cutting.setInput(1, Tensor.int64([sizes.length], sizes));
  },
};

/** Parts of a block along one of its axes, each for an output. */
function partsOf(channels: Channels, block: Block, axis: number, sizes: readonly number[]): Block[][] {
  const rest = channels.blocks(0).filter((each) => each !== block);
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return [...rest, partOf(block, block.axes.indexOf(axis), start - size, start)];
  });
}

interface Range {
  readonly axis: number;
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** Ranges of a Slice along the axes that have channels; undefined when a bound there is not known. */
function rangesOf(
  context: Pick<Channels, 'node' | 'opset' | 'shape' | 'numbers'>,
): { axes: number[]; at: (axis: number) => Range | undefined } | undefined {
  const { node, opset } = context;
  const inAttributes = opset < 10;
  const starts = inAttributes ? node.ints('starts') : context.numbers(1);
  const ends = inAttributes ? node.ints('ends') : context.numbers(2);
  const named = inAttributes ? node.ints('axes') : (node.inputs[3] ?? '') === '' ? undefined : context.numbers(3);
  const steps = inAttributes || (node.inputs[4] ?? '') === '' ? starts?.map(() => 1) : context.numbers(4);
  const shape = context.shape(0)!;
  if (!starts || !ends || !steps || (!inAttributes && (node.inputs[3] ?? '') !== '' && !named)) return undefined;
  const axes = (named ?? starts.map((_, axis) => axis)).map((axis) => normal(axis, shape.length));
  return {
    axes,
    at(axis) {
      const i = axes.indexOf(axis);
      const size = shape[axis];
      if (i < 0 || typeof size !== 'number') return undefined;
      const clamp = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
      const [first, last] = [clamp(starts[i]!), clamp(ends[i]!)];
      return { axis, first, count: Math.max(0, Math.ceil((last - first) / steps[i]!)), step: steps[i]! };
    },
  };
}

/** Slice. With a step the places between two taken ones go together with the first, so that the step stays right. */
const slice: ChannelRule = {
  follow(channels) {
    const ranges = rangesOf(channels);
    const everywhere = channels.shape(0)!.map((_, axis) => axis);
    if (!ranges) return [keptApart(channels, channels.blocks(0), everywhere, 'has bounds that are not known')];
    let blocks = [...channels.blocks(0)];
    for (const axis of ranges.axes) {
      const block = blocks.find((each) => each.axes.includes(axis));
      const range = ranges.at(axis);
      if (!block || !range) continue;
      const { first, count, step } = range;
      blocks = blocks.filter((each) => each !== block);
      if (step === 1 && block.axes.length > 1) {
        channels.hold(0, axis);
        blocks.push(partOf(block, block.axes.indexOf(axis), first, first + count));
        continue;
      }
      if (step < 1) {
        blocks.push(...keptApart(channels, [block], [axis], 'turns the order of channels around'));
        continue;
      }
      const { atoms } = channels.atoms.collapsed(block, block.axes.indexOf(axis));
      for (let i = first; step > 1 && i < Math.min(atoms.length, first + count * step); i++) {
        channels.atoms.unite(atoms[i]!, atoms[i - ((i - first) % step)]!);
      }
      blocks.push(
        blockAlong(
          axis,
          Int32Array.from({ length: count }, (_, i) => atoms[first + i * step]!),
        ),
      );
    }
    return [blocks];
  },
  cut(cutting) {
    const ranges = rangesOf(cutting)!;
    const bounds = ranges.axes.map((axis, i) => {
      const kept = cutting.kept(0, axis);
      const range = ranges.at(axis);
      if (!kept || !range) return { i, start: undefined, end: undefined };
      const end = range.first + range.count * range.step;
      const before = (limit: number): number => kept.reduce((count, place) => count + (place < limit ? 1 : 0), 0);
      return { i, start: before(range.first), end: before(end) };
    });
    writeBounds(
      cutting,
      'starts',
      1,
      bounds.map(({ start }) => start),
    );
    writeBounds(
      cutting,
      'ends',
      2,
      bounds.map(({ end }) => end),
    );
  },
};

function writeBounds(cutting: Cutting, name: string, input: number, values: readonly (number | undefined)[]): void {
  if (values.every((value) => value === undefined)) return;
  const old = cutting.opset < 10 ? cutting.node.ints(name)! : cutting.numbers(input)!;
  const bounds = old.map((value, i) => values[i] ?? value);
  if (cutting.opset < 10) cutting.node.attributes.set(name, { kind: 'ints', value: bounds });
  else cutting.setInput(input, Tensor.int64([bounds.length], bounds));
}

/** Gather by constant indices picks places, in any order and repeatedly; by computed ones it may need all. */
const gather: ChannelRule = {
  follow(channels) {
    const shape = channels.shape(0)!;
    const axis = normal(channels.node.int('axis', 0), shape.length);
    const indices = channels.shape(1)!;
    const chosen = channels.numbers(1) ?? constantIndices(channels);
    if (indices.length === 0 && chosen?.length === 1) {
      const held = heldBlock(channels, axis);
      if (held) return [pickedFrom(channels, held, axis, chosen[0]!)];
    }
    const { rest, atoms } = splitAt(channels, 0, axis);
    const shift = indices.length - 1;
    const others = rest.map((block) => renamed(block, (each) => (each > axis ? each + shift : each)));
    const isTable = channels.isConstant(0) && !channels.isConstant(1);
    if (isTable) for (const block of rest) channels.atoms.use(block.atoms, { role: 'produces', node: channels.node, input: 0 });
    if (!atoms) return [others];
    if (!chosen || indices.length > 1) {
      channels.keep([blockAlong(axis, atoms)], chosen ? 'picks single channels' : 'picks channels by a computed index');
      return [others];
    }
    const picked = Int32Array.from(chosen, (index) => atoms[index < 0 ? index + atoms.length : index] ?? atoms[0]!);
    if (indices.length === 1) return [[...others, blockAlong(axis, picked)]];
    channels.keep([blockAlong(axis, picked)], 'picks a single channel');
    return [others];
  },
  cut(cutting) {
    const size = cutting.shape(0);
    const axis = normal(cutting.node.int('axis', 0), size.length);
    const kept = cutting.kept(0, axis);
    if (!kept) return;
    const chosen = (cutting.numbers(1) ?? constantIndices(cutting))!;
    const place = new Map([...kept].map((old, index) => [old, index]));
    const indices = chosen.flatMap((index) => place.get(index < 0 ? index + (size[axis] as number) : index) ?? []);
    cutting.setInput(1, Tensor.int64(cutting.shape(1).length ? [indices.length] : [], indices));
  },
};

/** Blocks without an axis of which one place is taken. */
function pickedFrom(channels: Channels, block: Block, axis: number, index: number): Block[] {
  const at = block.axes.indexOf(axis);
  const place = index < 0 ? index + block.dims[at]! : index;
  const left = without(partOf(block, at, place, place + 1), at);
  return [...channels.blocks(0).filter((each) => each !== block), left].map((each) => renamed(each, (old) => (old > axis ? old - 1 : old)));
}

const constantIndices = (context: Pick<Channels, 'constant'>): number[] | undefined => context.constant(1)?.toIntegers();

/** Pads of every axis of the input, begin and end; undefined when they are not known. */
function padsOf(context: Pick<Channels, 'node' | 'opset' | 'shape' | 'numbers'>): { axes: number[]; pads: number[] } | undefined {
  const { node, opset } = context;
  const rank = context.shape(0)!.length;
  const pads = opset < 11 ? node.ints(opset < 2 ? 'paddings' : 'pads') : context.numbers(1);
  const isNamed = opset >= 11 && (node.inputs[3] ?? '') !== '';
  const axes = isNamed ? context.numbers(3)?.map((axis) => normal(axis, rank)) : Array.from({ length: rank }, (_, axis) => axis);
  return pads && axes && pads.length === 2 * axes.length ? { axes, pads } : undefined;
}

/**
 * Pad with a constant: places of its own that go with whatever they are added to (the parameter-free shortcut of He et al. 2016, option A). Negative pads cut off. Mirrored and
 * repeated borders keep the axis.
 */
const pad: ChannelRule = {
  follow(channels) {
    const known = padsOf(channels);
    const everywhere = channels.shape(0)!.map((_, axis) => axis);
    if (!known) return [keptApart(channels, channels.blocks(0), everywhere, 'has pads that are not known')];
    const { axes, pads } = known;
    const padded = axes
      .map((axis, i) => ({ axis, begin: pads[i]!, end: pads[i + axes.length]! }))
      .filter(({ begin, end }) => begin !== 0 || end !== 0);
    if (channels.node.string('mode', 'constant') !== 'constant') {
      return [
        keptApart(
          channels,
          channels.blocks(0),
          padded.map(({ axis }) => axis),
          'repeats channels at a border',
        ),
      ];
    }
    let blocks = [...channels.blocks(0)];
    for (const { axis, begin, end } of padded) {
      const block = blocks.find((each) => each.axes.includes(axis));
      if (!block) continue;
      const { atoms } = channels.atoms.collapsed(block, block.axes.indexOf(axis));
      const inner = atoms.slice(Math.max(0, -begin), atoms.length - Math.max(0, -end));
      const [front, back] = [begin, end].map((count) => channels.atoms.fresh(Math.max(0, count)));
      blocks = [...blocks.filter((each) => each !== block), blockAlong(axis, Int32Array.from([...front!, ...inner, ...back!]))];
    }
    return [blocks];
  },
  cut(cutting) {
    const { axes, pads } = padsOf(cutting)!;
    const amounts = [...pads];
    axes.forEach((axis, i) => {
      const [kept, made] = [cutting.kept(0, axis), cutting.keptOutput(0, axis)];
      const [before, after] = [cutting.shape(0)[axis], cutting.outputShape(0)[axis]];
      const [begin, end] = [pads[i]!, pads[i + axes.length]!];
      const left = (places: Int32Array | undefined, from: number, to: number): number =>
        places ? places.reduce((count, place) => count + (place >= from && place < to ? 1 : 0), 0) : Math.max(0, to - from);
      if (!kept && !made) return;
      amounts[i] = begin > 0 ? left(made, 0, begin) : -left(kept, 0, -begin);
      amounts[i + axes.length] =
        end > 0 ? left(made, (after as number) - end, after as number) : -left(kept, (before as number) + end, before as number);
    });
    if (cutting.opset >= 11) cutting.setInput(1, Tensor.int64([amounts.length], amounts));
    else cutting.node.attributes.set(cutting.opset < 2 ? 'paddings' : 'pads', { kind: 'ints', value: amounts });
  },
};

export const selectionChannels: Readonly<Record<string, ChannelRule>> = {
  Concat: concat(({ node }) => node.inputs.map((_, index) => index)),
  // Scale and zero point of the result, then tensor, scale, zero point for each part.
  QLinearConcat: concat(({ node }) => node.inputs.flatMap((_, index) => (index >= 2 && (index - 2) % 3 === 0 ? [index] : []))),
  Split: split,
  Slice: slice,
  Gather: gather,
  Pad: pad,
};
