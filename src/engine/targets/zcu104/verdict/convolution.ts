import type { Layer } from '../../verdict/types.ts';
import type { DpuArchitecture } from './architecture.ts';
import { coversMap, fixes, product, sources, times, weightDims, windowAt, type DpuFamily, type DpuRule, type Window } from './shared.ts';

/** What a convolution's weights say of it. */
export interface Convolution extends Window {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Input channels that one filter reads. */
  readonly depth: number;
  readonly groups: number;
  readonly depthwise: boolean;
}

/** What was read of a layer, for the next rule on it. */
const known = new WeakMap<Layer, Convolution | undefined>();

/** Undefined: not in two dimensions, or with computed weights; rules of their own say so. */
function convolutionOf(layer: Layer): Convolution | undefined {
  if (!known.has(layer)) known.set(layer, readConvolution(layer));
  return known.get(layer);
}

function readConvolution(layer: Layer): Convolution | undefined {
  const dims = weightDims(layer);
  if (dims?.length !== 4) return undefined;
  const [outChannels = 0, depth = 0, ...kernel] = dims;
  const groups = layer.node.int('group', 1);
  const inChannels = depth * groups;
  return { ...windowAt(layer, kernel), inChannels, outChannels, depth, groups, depthwise: groups > 1 && depth === 1 };
}

/** A rule that reads only what the weights and attributes say, of convolutions over all channels or of depthwise ones. */
function limit(
  kind: 'full' | 'depthwise' | 'both',
  facts: Omit<DpuRule, 'check' | 'outcome'> & { readonly fixIds?: readonly string[] },
  problem: (convolution: Convolution, architecture: DpuArchitecture, layer: Layer) => string | false | undefined,
): DpuRule {
  const { fixIds, ...rest } = facts;
  return {
    ...rest,
    outcome: 'no',
    check(layer, architecture) {
      const convolution = convolutionOf(layer);
      if (!convolution || (kind !== 'both' && (kind === 'depthwise') !== convolution.depthwise)) return undefined;
      const reason = problem(convolution, architecture, layer);
      return reason ? { reason, fixes: fixIds } : undefined;
    },
  };
}

/** Words of weights that one group of output channels takes. */
export const weightWords = ({ channelParallel }: DpuArchitecture, kernel: readonly number[], depth: number): number =>
  product(kernel) * Math.ceil(depth / channelParallel.input);

export const tooManyWords = (kernel: readonly number[], depth: number, words: number, bankDepth: number): string =>
  `its kernel of ${times(kernel)} over ${depth} channels takes ${words} words of weights, more than ${bankDepth}`;

export const tooManyChannels = (channels: number, most: number): string | undefined =>
  channels > most ? `it has ${channels} channels, more than ${most}` : undefined;

const conv = 'Conv, one group';
const depthwise = 'Conv, depthwise';

const rules: readonly DpuRule[] = [
  {
    name: 'dpu.conv-dimensions',
    about: 'Conv',
    limit: 'over two dimensions; those over one or three are for other DPUs',
    outcome: 'no',
    source: sources.filter,
    check(layer) {
      const rank = (weightDims(layer)?.length ?? layer.flow.input(layer.node)?.length ?? 4) - 2;
      return rank === 2 ? undefined : { reason: `the DPU convolves in two dimensions, not ${rank}` };
    },
  },
  {
    name: 'dpu.conv-constant-weights',
    about: 'Conv',
    limit: 'stored weights',
    outcome: 'no',
    source: sources.pytorch,
    check: (layer) => (weightDims(layer) ? undefined : { reason: 'its weights are computed at run time, and the DPU takes stored ones' }),
  },
  limit(
    'full',
    {
      name: 'dpu.conv-kernel',
      about: conv,
      limit: 'kernel of 1 to 16 in both directions',
      source: `${sources.filter}; ${sources.operators}`,
    },
    ({ kernel }, { convolution }) =>
      Math.max(...kernel) > convolution.kernel && `its kernel of ${times(kernel)} is larger than ${convolution.kernel}`,
  ),
  limit(
    'full',
    {
      name: 'dpu.conv-stride',
      about: conv,
      limit: 'stride of 1 to 8, not asked where the kernel covers the whole map',
      source: `${sources.filter}; ${sources.operators}`,
    },
    ({ strides, kernel }, { convolution }, layer) =>
      Math.max(...strides) > convolution.stride &&
      !coversMap(layer, kernel) &&
      `its stride of ${Math.max(...strides)} is larger than ${convolution.stride}`,
  ),
  limit(
    'full',
    {
      name: 'dpu.conv-weights',
      about: conv,
      limit: 'kernel height × width × ⌈input channels / 16⌉ of at most 2048 words, a bank of weights',
      source: `${sources.filter}; ${sources.operators}`,
      fixIds: fixes('split-channels'),
    },
    ({ kernel, depth }, architecture) => {
      const words = weightWords(architecture, kernel, depth);
      return words > architecture.bankDepth && tooManyWords(kernel, depth, words, architecture.bankDepth);
    },
  ),
  limit(
    'both',
    {
      name: 'dpu.conv-channels',
      about: 'Conv',
      limit: 'at most 4096 channels in and out (256 × channel parallelism)',
      source: `${sources.filter}; ${sources.operators}`,
      fixIds: fixes('split-output-channels', 'split-channels'),
    },
    ({ inChannels, outChannels }, { channels }) => tooManyChannels(Math.max(inChannels, outChannels), channels),
  ),
  limit(
    'full',
    {
      name: 'dpu.conv-dilation',
      about: conv,
      limit: 'dilation × input channels of at most 4096',
      source: sources.operators,
    },
    ({ dilations, inChannels }, { channels }) => {
      const most = Math.max(...dilations);
      return (
        most > 1 &&
        most * inChannels > channels &&
        `its dilation of ${most} over ${inChannels} channels comes to ${most * inChannels}, more than ${channels}`
      );
    },
  ),
  limit(
    'full',
    { name: 'dpu.conv-pads', about: conv, limit: 'pads of 0 to the dilated kernel', source: sources.filter },
    ({ pads, kernel, dilations }) =>
      pads.some((pad, side) => pad < 0 || pad > (kernel[side % 2]! - 1) * dilations[side % 2]! + 1) &&
      `its pads [${pads.join(', ')}] are larger than its dilated kernel`,
  ),
  limit(
    'depthwise',
    {
      name: 'dpu.depthwise-kernel',
      about: depthwise,
      limit: 'kernel of 1 to 256 in both directions',
      source: `${sources.hardware}; ${sources.operators}`,
    },
    ({ kernel }, { window }) => Math.max(...kernel) > window.kernel && `its kernel of ${times(kernel)} is larger than ${window.kernel}`,
  ),
  limit(
    'depthwise',
    { name: 'dpu.depthwise-stride', about: depthwise, limit: 'stride of 1 to 256', source: sources.hardware },
    ({ strides, kernel }, { window }, layer) =>
      Math.max(...strides) > window.stride &&
      !coversMap(layer, kernel) &&
      `its stride of ${Math.max(...strides)} is larger than ${window.stride}`,
  ),
  limit(
    'depthwise',
    {
      name: 'dpu.depthwise-weights',
      about: depthwise,
      limit: 'kernel height × width of at most 2048 words, a bank of weights',
      source: sources.filter,
    },
    ({ kernel }, { bankDepth }) => product(kernel) > bankDepth && tooManyWords(kernel, 1, product(kernel), bankDepth),
  ),
  limit(
    'depthwise',
    {
      name: 'dpu.depthwise-dilation',
      about: depthwise,
      limit: 'the same dilation in both directions',
      source: 'Xilinx/Vitis-AI issue 813',
      fixIds: fixes('even-dilations'),
    },
    ({ dilations }) => dilations[0] !== dilations[1] && 'the DPU dilates depthwise convolutions alike in both directions only',
  ),
  limit(
    'depthwise',
    {
      name: 'dpu.depthwise-pads',
      about: depthwise,
      limit: 'pads of at most 15 on the left and top, 255 on the right and bottom',
      source: sources.hardware,
    },
    ({ pads }, architecture) => windowPads(pads, architecture),
  ),
  limit(
    'depthwise',
    {
      name: 'dpu.depthwise-multiplier',
      about: depthwise,
      limit: 'one filter a channel',
      source: sources.pytorch,
    },
    ({ groups, outChannels }) =>
      outChannels !== groups && `it makes ${outChannels} channels of ${groups}, and the DPU's depthwise engine makes one of each`,
  ),
  {
    name: 'dpu.conv-groups',
    about: 'Conv, several groups',
    limit: 'one group, or as many as channels; others only with a compiler that knows them',
    outcome: 'if',
    source: `${sources.pytorch}; ${sources.notes}`,
    check(layer) {
      const convolution = convolutionOf(layer);
      if (!convolution || convolution.groups === 1 || convolution.depthwise) return undefined;
      return {
        reason: `the compiler of Vitis AI 3.0 or newer takes ${convolution.groups} groups over ${convolution.inChannels} channels; older ones leave it to the CPU, and which DPUs run it is not documented: inspect it`,
        fixes: fixes('ungroup-convolution'),
      };
    },
  },
];

/** Of depthwise convolutions and pools. */
export function windowPads(pads: readonly number[], { window }: DpuArchitecture): string | undefined {
  const wrong = pads.some((pad, side) => pad < 0 || pad > (side < 2 ? window.padBefore : window.padAfter));
  return wrong
    ? `its pads [${pads.join(', ')}] are larger than the DPU's, ${window.padBefore} before and ${window.padAfter} behind`
    : undefined;
}

/** Conv. */
export const convolutions: DpuFamily = {
  operators: ['Conv'],
  rules,
  accepts: {
    name: 'dpu.conv',
    about: 'Conv',
    limit: 'within the limits above, by the engine for convolutions or that for depthwise ones',
    outcome: 'yes',
    source: `${sources.hardware}; ${sources.reports}`,
    reason(layer) {
      const found = convolutionOf(layer);
      return `${times(found?.kernel ?? [])}${found?.depthwise ? ' depthwise' : ''}, stride ${Math.max(...(found?.strides ?? [1]))}, within the limits of the ${found?.depthwise ? 'depthwise' : 'convolution'} engine`;
    },
  },
};
