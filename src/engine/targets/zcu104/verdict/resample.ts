import type { Layer } from '../../verdict/types.ts';
import { channelsOf, fixes, plain, sources, times, type DpuFamily, type DpuFusion, type DpuRule } from './shared.ts';
import { tooManyChannels } from './convolution.ts';

interface Resizing {
  readonly mode: string;
  readonly way: string;
  /** Factors of height and width; undefined: not known. */
  readonly scales?: readonly [number, number];
  /** It resizes pictures or channels too. */
  readonly others: boolean;
}

function resizingOf({ node, flow }: Layer): Resizing {
  const [from, to] = [flow.input(node), flow.output(node)];
  // Upsample (opset 9) repeats or interpolates from the corner on.
  const way = node.op === 'Upsample' ? 'asymmetric' : node.string('coordinate_transformation_mode', 'half_pixel');
  const known = from?.length === 4 && to?.length === 4;
  const scales = known ? [2, 3].map((axis) => Number(to[axis]) / Number(from[axis])) : [NaN, NaN];
  const [height = NaN, width = NaN] = scales;
  return {
    mode: node.string('mode', 'nearest'),
    way,
    ...(Number.isFinite(height) && Number.isFinite(width) ? { scales: [height, width] as const } : {}),
    others: (from !== undefined && from.length !== 4) || (known && (from[0] !== to[0] || from[1] !== to[1])),
  };
}

const factor = ([height, width]: readonly [number, number]): string =>
  height === width ? plain(height) : `${plain(height)} and ${plain(width)}`;

const about = 'Resize, Upsample';

const channelRule = (name: string, what: string): DpuRule => ({
  name,
  about: what,
  limit: 'at most 4096 channels',
  outcome: 'no',
  source: sources.filter,
  check({ node, flow }, { channels }) {
    const reason = tooManyChannels(channelsOf(flow.input(node)) ?? 0, channels);
    return reason === undefined ? undefined : { reason };
  },
});

const rules: readonly DpuRule[] = [
  {
    name: 'dpu.resize-axes',
    about,
    limit: 'height and width of a feature map',
    outcome: 'no',
    source: sources.filter,
    check(layer) {
      const { others } = resizingOf(layer);
      return others
        ? {
            reason: `the DPU resizes height and width only, not ${times(layer.flow.input(layer.node) ?? [])} to ${times(layer.flow.output(layer.node) ?? [])}`,
          }
        : undefined;
    },
  },
  {
    name: 'dpu.resize-mode',
    about,
    limit: 'nearest or linear, without align_corners',
    outcome: 'no',
    source: sources.filter,
    check(layer) {
      const { mode, way } = resizingOf(layer);
      if (mode !== 'nearest' && mode !== 'linear' && mode !== 'bilinear') return { reason: `the DPU does not resize in mode ${mode}` };
      return way === 'align_corners' ? { reason: 'the DPU does not align corners', fixes: fixes('resize-nearest') } : undefined;
    },
  },
  channelRule('dpu.resize-channels', about),
  {
    name: 'dpu.resize-bilinear',
    about: 'Resize, linear',
    limit: 'by 2 or 4 in both directions with half pixels, by 2, 4 or 8 without: a transposed depthwise convolution',
    outcome: 'no',
    source: sources.filter,
    check(layer) {
      const { mode, way, scales } = resizingOf(layer);
      if (mode === 'nearest' || !scales || Math.max(...scales) < 1) return undefined;
      const half = way === 'half_pixel' || way === 'pytorch_half_pixel';
      const allowed = half ? [2, 4] : [2, 4, 8];
      if (scales[0] === scales[1] && allowed.includes(scales[0])) return undefined;
      return {
        reason: `it resizes linearly by ${factor(scales)}, and the DPU by ${allowed.join(', ')} in both directions${half ? ' with half pixels' : ''}`,
        fixes: fixes('cut-end'),
      };
    },
  },
  {
    name: 'dpu.resize-smaller',
    about: 'Resize, linear',
    limit: 'not to smaller maps, unless the compiler is that of Vitis AI 3.5',
    outcome: 'if',
    source: sources.notes,
    check(layer) {
      const { mode, scales } = resizingOf(layer);
      if (mode === 'nearest' || !scales || Math.max(...scales) >= 1) return undefined;
      return {
        reason: `it resizes linearly by ${factor(scales)}, to a smaller map, which only the compiler of Vitis AI 3.5 lists: inspect it`,
      };
    },
  },
  {
    name: 'dpu.resize-factor',
    about: 'Resize, nearest',
    limit: 'by a whole factor; others are not checked by the vendor and were never seen',
    outcome: 'if',
    source: sources.reports,
    check(layer) {
      const { mode, scales } = resizingOf(layer);
      if (mode !== 'nearest' || !scales || (scales[0] >= 1 && scales.every(Number.isInteger))) return undefined;
      return { reason: `it repeats pixels by ${factor(scales)}, and only whole factors were seen on the DPU: inspect it` };
    },
  },
  {
    name: 'dpu.resize-size',
    about,
    limit: 'sizes known before it runs',
    outcome: 'if',
    source: sources.filter,
    check: (layer) =>
      resizingOf(layer).scales ? undefined : { reason: 'its factor is not known before it runs; give sizes with --shape' },
  },
];

/** Resize. */
const resize: DpuFamily = {
  operators: ['Resize', 'Upsample'],
  rules,
  accepts: {
    name: 'dpu.resize',
    about,
    limit: 'within the limits above',
    outcome: 'yes',
    source: `${sources.filter}; ${sources.reports}`,
    reason(layer) {
      const { mode, scales } = resizingOf(layer);
      return `${mode} by ${scales ? factor(scales) : '?'}`;
    },
  },
};

const behindPads = new Set(['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool']);

/** Zeros around height and width, before a window that can add them itself. */
const fusedPad: DpuFusion = {
  name: 'dpu.pad-fused',
  about: 'Pad',
  limit: 'zeros around height and width, before one convolution or pool: its own pads',
  outcome: 'yes',
  source: sources.pytorch,
  find(layer) {
    const { node, flow } = layer;
    const reader = flow.onlyReader(node);
    if (!reader || !behindPads.has(reader.op) || node.string('mode', 'constant') !== 'constant') return undefined;
    const pads = padsOf(layer);
    const spatial = pads?.length === 8 && [0, 1, 4, 5].every((place) => pads[place] === 0) && pads.every((pad) => pad >= 0);
    // Pads of a maximum are as small as can be, not zeros.
    const value = reader.op === 'MaxPool' ? -Infinity : 0;
    return spatial && padValue(layer) === value ? { inside: reader, reason: `the pads of the ${reader.op} behind it` } : undefined;
  },
};

/** Begins of all axes, then ends. */
function padsOf({ node, flow }: Layer): readonly number[] | undefined {
  const given = flow.integers(node, 1, 'pads') ?? node.ints('paddings');
  const rank = flow.input(node)?.length;
  const axes = flow.numbers(node.inputs[3] ?? '');
  if (!given || !axes || rank === undefined) return given;
  const all = Array<number>(2 * rank).fill(0);
  axes.forEach((axis, place) => {
    const at = axis < 0 ? axis + rank : axis;
    all[at] = given[place] ?? 0;
    all[at + rank] = given[place + axes.length] ?? 0;
  });
  return all;
}

const padValue = ({ node, flow }: Layer): number | undefined => {
  if (node.attributes.has('value')) return node.float('value', 0);
  return (node.inputs[2] ?? '') === '' ? 0 : flow.number(node.inputs[2]!);
};

/** Pad. */
const pad: DpuFamily = {
  operators: ['Pad'],
  fusions: [fusedPad],
  rules: [
    {
      name: 'dpu.pad-mode',
      about: 'Pad',
      limit: 'constant; not reflect, not edge (what the vendor calls SYMMETRIC ONNX has no word for)',
      outcome: 'no',
      source: `${sources.filter}; ${sources.operators}`,
      check({ node }) {
        const mode = node.string('mode', 'constant');
        return mode === 'constant' ? undefined : { reason: `the DPU does not pad in mode ${mode}`, fixes: fixes('pad-with-zeros') };
      },
    },
    channelRule('dpu.pad-channels', 'Pad'),
    {
      name: 'dpu.pad-place',
      about: 'Pad',
      limit: 'zeros around height and width of a feature map; others are not documented',
      outcome: 'if',
      source: sources.pytorch,
      check(layer) {
        const pads = padsOf(layer);
        const value = padValue(layer);
        const spatial = pads?.length === 8 && [0, 1, 4, 5].every((place) => pads[place] === 0) && pads.every((size) => size >= 0);
        if (spatial && value === 0) return undefined;
        return {
          reason: `it pads by [${pads?.join(', ') ?? '?'}] with ${value ?? 'a computed value'}, and only zeros around height and width are documented: inspect it`,
        };
      },
    },
  ],
  accepts: {
    name: 'dpu.pad',
    about: 'Pad',
    limit: 'within the limits above',
    outcome: 'yes',
    source: sources.filter,
    reason: () => 'zeros around the map, as a layer of its own',
  },
};

/** Resize and Pad. */
export const resamplings: readonly DpuFamily[] = [resize, pad];
