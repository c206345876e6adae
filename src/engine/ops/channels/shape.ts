import { type Block, blockAlong, renamed } from './block.ts';
import { rewriteShape, writable } from './layout.ts';
import type { Channels, ChannelRule } from './rule.ts';
import { batchBlocks } from './window.ts';
import { atomsAlong, keptApart } from './unify.ts';

/** Axes along which a resize changes nothing: same size before and after. */
const unchanged = (channels: Channels): number[] => {
  const [before, after] = [channels.shape(0)!, channels.outputShape()!];
  return before.flatMap((dim, axis) => (typeof dim === 'number' && dim === after[axis] ? [axis] : []));
};

/** Resize and Upsample: places next to each other are mixed along the axes that change; operand 3 of Resize may hold all sizes. */
const resize: ChannelRule = {
  follow(channels) {
    const rank = channels.shape(0)!.length;
    const isCropped = channels.node.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize';
    const same = isCropped ? [] : unchanged(channels);
    const mixed = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !same.includes(axis));
    const blocks = keptApart(channels, channels.blocks(0), mixed, 'mixes neighbouring places');
    return [(channels.node.inputs[3] ?? '') === '' ? blocks : writable(channels, 3, blocks, sizedAxes(channels))];
  },
  cut(cutting) {
    if ((cutting.node.inputs[3] ?? '') === '') return;
    const axes = sizedAxes(cutting);
    const [before, after] = [cutting.outputShape(), cutting.newOutputShape()].map((shape) =>
      axes ? axes.map((axis) => shape[axis]!) : shape,
    );
    rewriteShape(cutting, 3, before!, after!, undefined);
  },
};

/** Axes that the sizes are of; undefined: all. */
function sizedAxes({ node, shape }: Pick<Channels, 'node' | 'shape'>): number[] | undefined {
  const rank = shape(0)!.length;
  return node.ints('axes')?.map((axis) => (axis < 0 ? axis + rank : axis));
}

/** Places of their own for axes that an operand stretches: repeated numbers, which go with whatever they are joined to. */
function stretched(channels: Channels, input: number, axes: readonly number[]): Block[] {
  const result = channels.outputShape()!;
  return axes.flatMap((axis) => {
    const size = result[axis];
    if (typeof size !== 'number' || size < 2) return [];
    // Weights may be made so: what layers do with them is known, as with stored ones.
    const atoms = channels.atoms.fresh(size, true);
    return channels.adapts(input, axis, atoms) ? [blockAlong(axis, atoms)] : [];
  });
}

const expand: ChannelRule = {
  follow(channels) {
    const [from, to] = [channels.shape(0)!, channels.outputShape()!];
    const lead = to.length - from.length;
    const shift = to.length - (Number(channels.shape(1)![0]) || 0);
    if (shift !== 0) {
      channels.keep(channels.blocks(0), 'repeats it');
      return [];
    }
    const repeated = from.flatMap((dim, axis) => (dim === 1 && to[axis + lead] !== 1 ? [axis] : []));
    const own = keptApart(channels, channels.blocks(0), repeated, 'repeats it over several channels');
    const stretch = to.flatMap((_, axis) => (axis < lead || repeated.includes(axis - lead) ? [axis] : []));
    const isSaid = channels.numbers(1);
    const moved = own.map((block) => renamed(block, (axis) => axis + lead));
    const said = moved.filter((block) => !block.axes.every((axis) => isSaid?.[axis] === 1));
    const kept = writable(channels, 1, said);
    return [[...moved.filter((block) => !said.includes(block)), ...kept, ...stretched(channels, 1, stretch)]];
  },
  cut: (cutting) => rewriteShape(cutting, 1, cutting.outputShape(), cutting.newOutputShape(), undefined),
};

const constantOfShape: ChannelRule = {
  follow: (channels) => [
    stretched(
      channels,
      0,
      channels.outputShape()!.map((_, axis) => axis),
    ),
  ],
  cut: (cutting) => rewriteShape(cutting, 0, cutting.outputShape(), cutting.newOutputShape(), undefined),
};

const tile: ChannelRule = {
  follow(channels) {
    const repeats = channels.numbers(1);
    if (!repeats)
      return [
        keptApart(
          channels,
          channels.blocks(0),
          channels.shape(0)!.map((_, axis) => axis),
          'repeats it a number of times that is not known',
        ),
      ];
    return [
      channels.blocks(0).flatMap((block) => {
        const times = block.axes.filter((axis) => repeats[axis] !== 1);
        if (!times.length) return [block];
        const axis = times[0]!;
        const { atoms } = channels.atoms.collapsed(block, block.axes.indexOf(axis));
        return [
          blockAlong(
            axis,
            Int32Array.from({ length: atoms.length * repeats[axis]! }, (_, index) => atoms[index % atoms.length]!),
          ),
        ];
      }),
    ];
  },
};

/** A size may be reckoned with by what joins shapes; where it reaches other numbers the width has to stay. */
const shape: ChannelRule = {
  follow(channels) {
    if (channels.blocks(0).length && channels.countsBeyondShapes())
      channels.keep(channels.blocks(0), 'counts channels, and their number is reckoned with');
    return [];
  },
};

const size: ChannelRule = {
  follow(channels) {
    channels.keep(channels.blocks(0), 'counts elements');
    return [];
  },
};

/** Samples places; channels by themselves. */
const gridSample: ChannelRule = {
  follow(channels) {
    const read = atomsAlong(channels, 0, 1);
    channels.keep(channels.blocks(1), 'takes places from it');
    return [[...batchBlocks(channels, 0, 1), ...(read ? [blockAlong(1, read)] : [])]];
  },
};

export const shapeChannels: Readonly<Record<string, ChannelRule>> = {
  Resize: resize,
  Upsample: resize,
  Expand: expand,
  ConstantOfShape: constantOfShape,
  Tile: tile,
  Shape: shape,
  Size: size,
  GridSample: gridSample,
};
