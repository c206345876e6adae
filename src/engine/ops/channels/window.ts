import { LatheError } from '../../base/errors.ts';
import type { Block } from './block.ts';
import { blockAlong } from './block.ts';
import type { Channels, ChannelRule, Cutting } from './rule.ts';
import { atomsAlong, keptApart, tied } from './unify.ts';

/** Which inputs of a convolution are what: they differ between Conv, ConvInteger and QLinearConv. */
interface ConvOperands {
  readonly data: number;
  readonly weight: number;
  readonly bias?: number;
  /** Vectors over output channels that go along: scales and zero points of the weights. */
  readonly along?: readonly number[];
  /** Summand of the result's shape (FusedConv). */
  readonly summand?: number;
}

const isChannelsLast = ({ node }: Pick<Channels, 'node'>): boolean => node.int('channels_last', 0) !== 0;

/** Axis of the channels in data and result. */
const channelAxis = (channels: Pick<Channels, 'node'>, rank: number): number => (isChannelsLast(channels) ? rank - 1 : 1);

/** Blocks of the batch axis pass; what lies on spatial axes is mixed by the window. */
export function batchBlocks(channels: Channels, input: number, channel: number): Block[] {
  const rank = channels.shape(input)!.length;
  const spatial = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 0 && axis !== channel);
  const blocks = channels.blocks(input).filter((block) => !block.axes.includes(channel));
  return keptApart(channels, blocks, spatial, 'mixes neighbouring places');
}

/**
 * Whether whole groups of a grouped convolution go (depthwise layers: its channels), or the same place of every group: whichever leaves the finer choice.
 */
const cutsWholeGroups = (group: number, inputs: number, outputs: number): boolean => inputs === 1 || group > Math.max(inputs, outputs);

/** Conv: input channels are read by axis 1 of the weights, output channels made by axis 0. */
const conv = ({ data, weight, bias, along = [], summand }: ConvOperands): ChannelRule => ({
  follow(channels) {
    const rank = channels.shape(data)!.length;
    const axis = channelAxis(channels, rank);
    const { atoms, node } = channels;
    const group = node.int('group', 1);
    const read = atomsAlong(channels, data, axis);
    const [rows, columns] = [atomsAlong(channels, weight, 0), atomsAlong(channels, weight, 1)];
    let role: 'produces' | 'carries' = 'produces';
    if (group === 1) tied(channels, read, columns, `reads ${channels.fixedBy(data)}`);
    else role = followGroups(channels, { group, read, rows, columns, fixedBy: channels.fixedBy(data) });
    if (rows) atoms.use(rows, { role, node, input: weight });
    if (columns && role === 'produces') atoms.use(columns, { role: 'consumes', node, input: weight });
    const made = followVectors(channels, rows, bias, along, role);
    return [[...batchBlocks(channels, data, axis), ...withSummand(channels, made, axis, summand)]];
  },
  cut: cutGroups(data, weight),
});

function followVectors(
  channels: Channels,
  made: Int32Array | undefined,
  bias: number | undefined,
  along: readonly number[],
  role: 'produces' | 'carries',
): Int32Array | undefined {
  for (const input of bias === undefined ? along : [bias, ...along]) {
    const shape = channels.shape(input);
    if (shape?.length !== 1 || (input !== bias && shape[0] === 1)) continue;
    const vector = atomsAlong(channels, input, 0);
    tied(channels, made, vector, `adds ${channels.fixedBy(input)}`);
    if (vector) channels.atoms.use(vector, { role: input === bias ? role : 'carries', node: channels.node, input });
  }
  return made;
}

function withSummand(channels: Channels, made: Int32Array | undefined, axis: number, summand: number | undefined): Block[] {
  if (summand === undefined || (channels.node.inputs[summand] ?? '') === '') return made ? [blockAlong(axis, made)] : [];
  tied(channels, made, atomsAlong(channels, summand, axis), `adds ${channels.fixedBy(summand)}`);
  keptApart(
    channels,
    channels.blocks(summand),
    [...channels.shape(summand)!.keys()].filter((each) => each !== axis),
    'adds it',
  );
  return made ? [blockAlong(axis, made)] : [];
}

interface GroupedConv {
  readonly group: number;
  readonly read: Int32Array | undefined;
  readonly rows: Int32Array | undefined;
  readonly columns: Int32Array | undefined;
  readonly fixedBy: string;
}

/** Weights [M, C / group, …]: rows of a group read that group's channels alone. */
function followGroups(channels: Channels, { group, read, rows, columns, fixedBy }: GroupedConv): 'produces' | 'carries' {
  const { atoms } = channels;
  const inputs = read ? read.length / group : (columns?.length ?? 1);
  const outputs = rows ? rows.length / group : 1;
  if (![inputs, outputs].every(Number.isInteger)) {
    channels.keep(
      [read, rows, columns].flatMap((each) => (each ? [blockAlong(0, each)] : [])),
      'has groups of different sizes',
    );
    return 'carries';
  }
  if (cutsWholeGroups(group, inputs, outputs) && (read || outputs === 1)) {
    if (columns) channels.keep([blockAlong(1, columns)], 'cuts whole groups');
    if (!read || !rows) tied(channels, read, rows, `reads ${fixedBy}`);
    else
      for (let i = 0; i < group; i++) {
        for (let j = 0; j < inputs; j++) atoms.unite(read[i * inputs]!, read[i * inputs + j]!);
        for (let k = 0; k < outputs; k++) atoms.unite(read[i * inputs]!, rows[i * outputs + k]!);
      }
    return 'carries';
  }
  if (rows) rows.forEach((atom, index) => atoms.unite(rows[index % outputs]!, atom));
  if (read) read.forEach((atom, index) => atoms.unite(read[index % inputs]!, atom));
  tied(channels, read?.slice(0, inputs), columns, `reads ${fixedBy}`);
  return 'produces';
}

/** The number of groups follows from what is left: C = group × columns of the weights. */
function cutGroups(data: number, weight: number): (cutting: Cutting) => void {
  return (cutting) => {
    const { node } = cutting;
    if (node.int('group', 1) === 1) return;
    const input = cutting.newShape(data);
    const width = input[channelAxis(cutting, input.length)] as number;
    const group = width / (cutting.newShape(weight)[1] as number);
    if (!Number.isInteger(group))
      throw new LatheError('prune.groups', 'the groups of a convolution lost different numbers of channels', { node: node.label });
    node.attributes.set('group', { kind: 'int', value: group });
  };
}

/** ConvTranspose: weights [C, M / group, …]. */
const convTranspose: ChannelRule = {
  follow(channels) {
    const { atoms, node } = channels;
    const group = node.int('group', 1);
    const read = atomsAlong(channels, 0, 1);
    const [rows, columns] = [atomsAlong(channels, 1, 0), atomsAlong(channels, 1, 1)];
    tied(channels, read, rows, `reads ${channels.fixedBy(0)}`);
    const inputs = (rows?.length ?? group) / group;
    const outputs = columns?.length ?? 0;
    const whole = group > 1 && cutsWholeGroups(group, inputs, outputs);
    let made = columns;
    if (group > 1 && columns) {
      made = atoms.fresh(outputs * group);
      made.forEach((atom, index) => atoms.unite(atom, whole ? made![index - (index % outputs)]! : columns[index % outputs]!));
      if (whole) {
        channels.keep([blockAlong(1, columns)], 'cuts whole groups');
        if (rows) rows.forEach((atom, index) => atoms.unite(atom, made![Math.floor(index / inputs) * outputs]!));
        else channels.keep([blockAlong(1, made)], `reads ${channels.fixedBy(0)}`);
      } else rows?.forEach((atom, index) => atoms.unite(rows[index % inputs]!, atom));
    }
    if (rows) atoms.use(rows, { role: whole ? 'carries' : 'consumes', node, input: 1 });
    if (columns && !whole) atoms.use(columns, { role: 'produces', node, input: 1 });
    made = followVectors(channels, made, 2, [], whole ? 'carries' : 'produces');
    return [[...batchBlocks(channels, 0, 1), ...(made ? [blockAlong(1, made)] : [])]];
  },
  cut(cutting) {
    const { node } = cutting;
    const group = node.int('group', 1);
    if (group === 1) return;
    const [before, after] = [cutting.outputShape()[1] as number, cutting.newOutputShape()[1] as number];
    const columns = [cutting.shape(1)[1] as number, cutting.newShape(1)[1] as number];
    if (columns[0] === columns[1] && before !== after) node.attributes.set('group', { kind: 'int', value: after / columns[1]! });
  },
};

/** Pooling: every channel by itself. Indices count over all channels, so who reads them needs all. */
const pooled: ChannelRule = {
  follow(channels) {
    const axis = channelAxis(channels, channels.shape(0)!.length);
    const read = atomsAlong(channels, 0, axis);
    if (read && channels.isRead(1)) channels.keep([blockAlong(axis, read)], 'counts places over all channels');
    return [[...batchBlocks(channels, 0, axis), ...(read ? [blockAlong(axis, read)] : [])]];
  },
};

export const windowChannels: Readonly<Record<string, ChannelRule>> = {
  Conv: conv({ data: 0, weight: 1, bias: 2 }),
  FusedConv: conv({ data: 0, weight: 1, bias: 2, summand: 3 }),
  ConvInteger: conv({ data: 0, weight: 1, along: [3] }),
  QLinearConv: conv({ data: 0, weight: 3, bias: 8, along: [4, 5] }),
  ConvTranspose: convTranspose,
  ...Object.fromEntries(
    [
      'MaxPool', 'AveragePool', 'LpPool', 'GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool', 'QLinearGlobalAveragePool', 'QLinearAveragePool',
    ].map((op) => [op, pooled]),
  ),
}; // prettier-ignore
