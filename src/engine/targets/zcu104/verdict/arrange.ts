import type { Dim, Node } from '../../../onnx/graph.ts';
import type { DataFlow } from '../../verdict/data-flow.ts';
import { cpuDevice, type Layer } from '../../verdict/types.ts';
import { channelsOf, fixes, sources, times, type DpuFamily, type DpuFusion, type DpuRule } from './shared.ts';

/** What changes places of elements and computes nothing. */

/** Data operands that the DPU does not make: what makes them, in words. Inputs of the model come from the user. */
function fromElsewhere({ node, flow, verdictOf }: Layer): string[] {
  return flow.operands(node).flatMap((operand) => {
    const maker = flow.maker(operand);
    if (!maker) return ['an input of the model'];
    return verdictOf(maker)?.device === cpuDevice ? [`${maker.op}, on the CPU`] : [];
  });
}

const concat: DpuFamily = {
  operators: ['Concat'],
  rules: [
    {
      name: 'dpu.concat-stored',
      about: 'Concat',
      limit: 'feature maps only, no stored operand',
      outcome: 'if',
      source: sources.inspector,
      check: ({ node, flow }) =>
        node.inputs.some((input) => flow.isSettled(input))
          ? { reason: 'one of its operands is stored: the compiler has to make it a constant of the DPU; inspect it' }
          : undefined,
    },
    {
      name: 'dpu.concat-inputs',
      about: 'Concat',
      limit: 'operands from the DPU; where one is not, four axes and along channels',
      outcome: 'no',
      context: true,
      source: `${sources.inspector}; ${sources.filter}`,
      check(layer) {
        const { node, flow } = layer;
        const off = fromElsewhere(layer);
        if (off.length === 0) return undefined;
        if (off.length === flow.operands(node).length) return { reason: `none of its operands comes from the DPU: ${off[0]!}` };
        const rank = flow.output(node)?.length;
        const axis = node.int('axis', 0);
        const channels = rank === 4 && (axis === 1 || axis === -3);
        if (channels) return undefined;
        return {
          reason: `one of its operands is not from the DPU (${off[0]!}), and it joins ${rank ?? 'unknown'} axes along axis ${axis}, not feature maps along their channels`,
        };
      },
    },
  ],
  accepts: {
    name: 'dpu.concat',
    about: 'Concat',
    limit: 'any axis where all operands come from the DPU: results are written side by side',
    outcome: 'yes',
    source: sources.reports,
    reason: ({ node }) => `${node.inputs.length} operands, written beside each other`,
  },
};

/** Height × width of one, or one channel: N, C, H, W and N, H, W, C hold the same sequence. */
const sameSequence = ([, channels, height, width]: readonly Dim[]): boolean => channels === 1 || (height === 1 && width === 1);

/** Only products with stored weights read it, whose weights can change places instead (vai_q_pytorch, merge_permute_to_matmul). */
const feedsDense = (flow: DataFlow, node: Node): boolean => {
  const readers = flow.readers(node);
  return (
    !flow.leavesModel(node) &&
    readers.length > 0 &&
    readers.every((reader) => (reader.op === 'Gemm' || reader.op === 'MatMul') && flow.isSettled(reader.inputs[1] ?? ''))
  );
};

const about = 'Reshape, Flatten, Squeeze, Unsqueeze';

const reshapeRules: readonly DpuRule[] = [
  {
    name: 'dpu.reshape-input',
    about,
    limit: 'input from the DPU',
    outcome: 'no',
    context: true,
    source: sources.inspector,
    check(layer) {
      const [off] = fromElsewhere(layer);
      return off === undefined
        ? undefined
        : { reason: `its input is not from the DPU but from ${off}`, fixes: fixes('cut-end', 'cut-start') };
    },
  },
  {
    name: 'dpu.reshape-order',
    about,
    limit:
      'the same sequence in N, H, W, C; else a transpose comes before it, except where only products with stored weights read the result',
    outcome: 'no',
    source: `${sources.reports}: The input of reshape is not on DPU.`,
    check({ node, flow }) {
      const [from, to] = [flow.input(node), flow.output(node)];
      if (!from || !to) return undefined;
      const moved = (from.length === 4 && !sameSequence(from)) || (to.length === 4 && !sameSequence(to));
      if (!moved || (from.length === to.length && from.every((dim, axis) => dim === to[axis]))) return undefined;
      if (from.length === 4 && to.length === 2 && from[0] === to[0] && feedsDense(flow, node)) return undefined;
      return {
        reason: `it makes ${times(to)} of ${times(from)}, and the DPU keeps channels last: a transpose comes with it, which is not on the DPU`,
        fixes: fixes('cut-end'),
      };
    },
  },
  {
    name: 'dpu.reshape-first-dimension',
    about,
    limit: 'the first size stays, unless all that read the result are on the DPU',
    outcome: 'no',
    context: true,
    source: `${sources.inspector}: First dimension is changed.`,
    check({ node, flow }) {
      const [from, to] = [flow.input(node), flow.output(node)];
      if (!from || !to || from[0] === to[0]) return undefined;
      const inner = !flow.leavesModel(node) && flow.readers(node).every((reader) => staysOnDpu.has(reader.op));
      return inner ? undefined : { reason: `it changes the first size, ${from[0] ?? '?'} to ${to[0] ?? '?'}`, fixes: fixes('cut-end') };
    },
  },
];

const staysOnDpu = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MaxPool', 'AveragePool', 'GlobalAveragePool']);

const reshape: DpuFamily = {
  operators: ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'],
  rules: reshapeRules,
  accepts: {
    name: 'dpu.reshape',
    about,
    limit: 'within the limits above: no element moves',
    outcome: 'yes',
    source: sources.reports,
    reason: ({ node, flow }) => `${times(flow.input(node) ?? [])} to ${times(flow.output(node) ?? [])}, and no element moves`,
  },
};

/** NCHW → NHWC and back again: what is between is what the DPU has anyway. */
const backAgain: DpuFusion = {
  name: 'dpu.transpose-pair',
  about: 'Transpose behind Transpose',
  limit: 'the second undoes the first, and nothing else reads what is between',
  outcome: 'yes',
  source: 'vai_q_pytorch 3.5, layout transform',
  find({ node, flow }) {
    const maker = flow.maker(node.inputs[0] ?? '');
    const reader = flow.onlyReader(node);
    if (maker?.op === 'Transpose' && flow.onlyReader(maker) === node && undoes(maker, node))
      return { inside: maker, reason: 'it undoes the Transpose before it' };
    return reader?.op === 'Transpose' && undoes(node, reader) ? { reason: 'the Transpose behind it undoes it' } : undefined;
  },
};

function undoes(first: Node, second: Node): boolean {
  const [a, b] = [first.ints('perm'), second.ints('perm')];
  return a !== undefined && b?.length === a.length && b.every((axis, place) => a[axis] === place);
}

const transpose: DpuFamily = {
  operators: ['Transpose'],
  fusions: [backAgain],
  rules: [
    {
      name: 'dpu.transpose',
      about: 'Transpose',
      limit: 'never as a layer of its own, unless sizes of 1 alone change places',
      outcome: 'no',
      source: `${sources.reports}: type = transpose … assigned to CPU`,
      check({ node, flow }) {
        const dims = flow.input(node);
        const order = node.ints('perm') ?? dims?.map((_, axis) => dims.length - 1 - axis);
        const kept = order?.filter((axis) => dims?.[axis] !== 1);
        if (kept?.every((axis, place) => place === 0 || axis > kept[place - 1]!)) return undefined;
        return {
          reason: `the DPU has no transpose, and it puts ${dims ? times(dims) : 'its axes'} in the order [${order?.join(', ') ?? '?'}]`,
          fixes:
            flow.leavesModel(node) || flow.readers(node).length > 0
              ? fixes('cancel-transposes', 'move-transposes', 'cut-end', 'cut-start')
              : [],
        };
      },
    },
  ],
  accepts: {
    name: 'dpu.transpose-of-ones',
    about: 'Transpose',
    limit: 'where only sizes of 1 change places: no element moves',
    outcome: 'yes',
    source: sources.reports,
    reason: () => 'only sizes of 1 change places, and no element moves',
  },
};

const slices: DpuFamily = {
  operators: ['Slice', 'Split'],
  rules: [
    {
      name: 'dpu.slice',
      about: 'Slice, Split',
      limit: 'by compilers of Vitis AI 3.0 or newer',
      outcome: 'if',
      source: sources.notes,
      check: ({ node }) => ({
        reason: `compilers of Vitis AI 3.0 or newer list ${node.op === 'Split' ? 'the slices of a Split' : 'slices'}, older ones leave them to the CPU: inspect it`,
        fixes: fixes('split-as-convolutions', 'pick-channels', 'focus-as-convolution', 'cut-end'),
      }),
    },
  ],
};

const blocks: DpuFamily = {
  operators: ['DepthToSpace', 'SpaceToDepth'],
  rules: [
    {
      name: 'dpu.depth-to-space',
      about: 'DepthToSpace, SpaceToDepth',
      limit: 'as pixel shuffle, where the compiler makes it a tile of the load engine; block² × channels of at most 4096',
      outcome: 'if',
      source: sources.operators,
      check({ node, flow }, { channels }) {
        const block = node.int('blocksize', 1);
        const deepest = Math.max(channelsOf(flow.input(node)) ?? 0, channelsOf(flow.output(node)) ?? 0);
        return {
          reason: `a pixel shuffle by ${block} over ${deepest} channels is taken where the compiler makes a tile of it${deepest > channels ? `, with ${channels} channels at most` : ''}: inspect it`,
          fixes: fixes('space-depth-as-convolution'),
          onCpu: deepest > channels,
        };
      },
    },
  ],
};

/** Concat, Reshape and its kin, Transpose, Slice, DepthToSpace. */
export const arrangements: readonly DpuFamily[] = [concat, reshape, transpose, slices, blocks];
