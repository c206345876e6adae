import type { Layer } from '../../verdict/types.ts';
import { tooManyChannels, tooManyWords, weightWords, windowPads } from './convolution.ts';
import { sources, fixes, times, weightDims, windowAt, type DpuFamily, type DpuRule, type Window } from './shared.ts';

interface Transposed extends Window {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly groups: number;
  readonly depthwise: boolean;
}

function transposedOf(layer: Layer): Transposed | undefined {
  const dims = weightDims(layer);
  if (dims?.length !== 4) return undefined;
  const [inChannels = 0, perGroup = 0, ...kernel] = dims;
  const groups = layer.node.int('group', 1);
  const window = windowAt(layer, kernel);
  // auto_pad of ConvTranspose depends on output_shape; its kernel is the bound anyway.
  const pads = layer.node.string('auto_pad', 'NOTSET') === 'NOTSET' ? window.pads : ([0, 0, 0, 0] as const);
  return {
    ...window,
    pads,
    inChannels,
    outChannels: perGroup * groups,
    groups,
    depthwise: groups > 1 && groups === inChannels && perGroup === 1,
  };
}

const about = 'ConvTranspose';

/** A rule on what weights and attributes say. */
function limit(
  facts: Omit<DpuRule, 'check' | 'outcome'>,
  problem: (found: Transposed, ...more: [Parameters<DpuRule['check']>[1], Layer]) => string | false | undefined,
  fixIds?: readonly string[],
): DpuRule {
  return {
    ...facts,
    outcome: 'no',
    check(layer, architecture) {
      const found = transposedOf(layer);
      const reason = found && problem(found, architecture, layer);
      return reason ? { reason, fixes: fixIds } : undefined;
    },
  };
}

const rules: readonly DpuRule[] = [
  {
    name: 'dpu.transposed-dimensions',
    about,
    limit: 'over two dimensions, with stored weights',
    outcome: 'no',
    source: sources.filter,
    check(layer) {
      const dims = weightDims(layer);
      if (!dims) return { reason: 'its weights are computed at run time, and the DPU takes stored ones' };
      return dims.length === 4 ? undefined : { reason: `the DPU convolves in two dimensions, not ${dims.length - 2}` };
    },
  },
  limit(
    { name: 'dpu.transposed-output-padding', about, limit: 'no output_padding', source: sources.filter },
    (_, __, { node }) => {
      const given = node.ints('output_padding') ?? [];
      return given.some((size) => size !== 0) && `the DPU has no output_padding, and it has [${given.join(', ')}]`;
    },
    fixes('output-padding'),
  ),
  limit(
    { name: 'dpu.transposed-groups', about, limit: 'one group, or as many as channels', source: sources.pytorch },
    ({ groups, depthwise, inChannels }) =>
      groups !== 1 && !depthwise && `the DPU has no transposed convolution in groups, and it has ${groups} over ${inChannels} channels`,
  ),
  limit(
    {
      name: 'dpu.transposed-kernel',
      about,
      limit: 'kernel / stride of 1 to 16 (depthwise: 256), rounded down, and rounded up where it does not come out even',
      source: sources.filter,
    },
    ({ kernel, strides, depthwise }, { convolution, window }) => {
      const most = depthwise ? window.kernel : convolution.kernel;
      const wrong = kernel.some((size, axis) => {
        const stride = strides[axis]!;
        return Math.floor(size / stride) < 1 || Math.ceil(size / stride) > most;
      });
      return wrong && `its kernel of ${times(kernel)} is not 1 to ${most} strides of ${times(strides)}`;
    },
  ),
  limit(
    {
      name: 'dpu.transposed-weights',
      about,
      limit: 'kernel height × width × ⌈input channels / 16⌉ of at most 2048 words, a bank of weights',
      source: sources.filter,
    },
    ({ kernel, inChannels, depthwise }, architecture) => {
      const depth = depthwise ? 1 : inChannels;
      const words = weightWords(architecture, kernel, depth);
      return words > architecture.bankDepth && tooManyWords(kernel, depth, words, architecture.bankDepth);
    },
    fixes('split-channels'),
  ),
  limit(
    { name: 'dpu.transposed-channels', about, limit: 'at most 4096 channels in and out', source: sources.filter },
    ({ inChannels, outChannels }, { channels }) => tooManyChannels(Math.max(inChannels, outChannels), channels),
  ),
  limit(
    {
      name: 'dpu.transposed-pads',
      about,
      limit: 'pads of 0 to the kernel; depthwise: as depthwise convolutions',
      source: sources.filter,
    },
    ({ pads, kernel, depthwise }, architecture) =>
      depthwise
        ? windowPads(pads, architecture)
        : pads.some((pad, side) => pad < 0 || pad > kernel[side % 2]!) && `its pads [${pads.join(', ')}] are larger than its kernel`,
  ),
];

/** ConvTranspose. */
export const transposedConvolutions: DpuFamily = {
  operators: ['ConvTranspose'],
  rules,
  accepts: {
    name: 'dpu.transposed',
    about,
    limit: 'within the limits above, as a convolution for each place within a stride',
    outcome: 'yes',
    source: `${sources.filter}; ${sources.operators}`,
    reason(layer) {
      const found = transposedOf(layer);
      return `${times(found?.kernel ?? [])} at stride ${times(found?.strides ?? [])}, within the limits of the convolution engine`;
    },
  },
};
