import type { attributes } from '../../../../src/engine/onnx/graph.ts';
import { float, type Case, type CaseMaker, type Draw, type Operand } from './case.ts';

type Values = Record<string, number | string | readonly number[]>;

/** Attributes of a sliding window over `rank` axes, each there or not. */
export function windowAttributes(draw: Draw, rank: number, options: { dilations: boolean; kernel?: readonly number[] }): Values {
  const values: Values = {};
  if (options.kernel) values['kernel_shape'] = options.kernel;
  if (draw.chance(0.6)) values['strides'] = draw.ints(rank, 1, 3);
  if (options.dilations && draw.chance(0.3)) values['dilations'] = draw.ints(rank, 1, 2);
  const padding = draw.pick(['none', 'pads', 'pads', 'SAME_UPPER', 'SAME_LOWER', 'VALID']);
  if (padding === 'pads') values['pads'] = draw.ints(2 * rank, 0, 2);
  else if (padding !== 'none') values['auto_pad'] = padding;
  return values;
}

interface Convolution {
  readonly data: number[];
  readonly weight: number[];
  readonly filters: number;
  readonly attributes: Values;
}

function convolution(draw: Draw): Convolution {
  const rank = draw.pick([1, 2, 2, 2, 3]);
  const group = draw.pick([1, 1, 1, 2, 3]);
  const perGroup = draw.int(1, 2);
  const filters = group * draw.int(1, 2);
  const kernel = draw.ints(rank, 1, 3);
  const channels = draw.chance(0.04) ? group * perGroup + 1 : group * perGroup;
  return {
    data: [draw.int(1, 2), channels, ...draw.ints(rank, 1, 8)],
    weight: [filters, perGroup, ...kernel],
    filters,
    attributes: {
      ...windowAttributes(draw, rank, { dilations: true, ...(draw.chance(0.7) && { kernel }) }),
      ...((group > 1 || draw.chance(0.2)) && { group }),
    },
  };
}

const conv: CaseMaker = (draw) => {
  const { data, weight, filters, attributes } = convolution(draw);
  return { inputs: [float(data), float(weight), ...(draw.chance(0.5) ? [float([filters])] : [])], attributes };
};

const uint8 = (dims: readonly number[]): Operand => ({ type: 'uint8', dims });
const scaleOf = (dims: readonly number[] = []): Operand => float(dims, { constant: true });
const zero = (dims: readonly number[] = []): Operand => ({ type: 'uint8', dims, fill: 0, constant: true });

const qlinearConv: CaseMaker = (draw) => {
  const { data, weight, filters, attributes } = convolution(draw);
  const bias: Operand[] = draw.chance(0.5) ? [{ type: 'int32', dims: [filters], constant: true }] : [];
  return {
    inputs: [uint8(data), scaleOf(), zero(), { ...uint8(weight), constant: true }, scaleOf(), zero(), scaleOf(), zero(), ...bias],
    attributes,
  };
};

const pool =
  (options: { dilations: (opset: number) => boolean; ceil: (opset: number) => boolean; outputs?: number }): CaseMaker =>
  (draw) => {
    const rank = draw.pick([1, 2, 2, 3]);
    const kernel = draw.ints(rank, 1, 3);
    const values = windowAttributes(draw, rank, { dilations: options.dilations(draw.opset), kernel });
    if (options.ceil(draw.opset) && draw.chance(0.5)) values['ceil_mode'] = 1;
    const outputs = options.outputs ? draw.int(1, draw.opset >= 8 ? options.outputs : 1) : 1;
    return { inputs: [float([draw.int(1, 2), draw.int(1, 3), ...draw.ints(rank, 1, 9)])], attributes: values, outputs };
  };

const transposed: CaseMaker = (draw) => {
  const rank = draw.pick([1, 2, 2]);
  const group = draw.pick([1, 1, 2]);
  const channels = group * draw.int(1, 2);
  const perGroup = draw.int(1, 2);
  const kernel = draw.ints(rank, 1, 3);
  const values = windowAttributes(draw, rank, { dilations: true, ...(draw.chance(0.7) && { kernel }) });
  if (group > 1) values['group'] = group;
  const strides = (values['strides'] as number[] | undefined) ?? Array<number>(rank).fill(1);
  if (draw.chance(0.3)) values['output_padding'] = strides.map((stride) => draw.int(0, Math.max(0, stride - 1)));
  const data = [draw.int(1, 2), channels, ...draw.ints(rank, 1, 6)];
  if (draw.chance(0.2)) values['output_shape'] = data.slice(2).map((dim, axis) => dim * strides[axis]! + draw.int(0, 1));
  const bias = draw.chance(0.4) ? [float([group * perGroup])] : [];
  return { inputs: [float(data), float([channels, perGroup, ...kernel]), ...bias], attributes: values };
};

/** Quantized pools take scale and zero point of input and output. */
const quantizedPool =
  (global: boolean): CaseMaker =>
  (draw) => {
    const rank = draw.pick([1, 2, 2]);
    const kernel = draw.ints(rank, 1, 3);
    const last = draw.chance(0.4);
    const values = global ? {} : windowAttributes(draw, rank, { dilations: false, kernel });
    // ONNX Runtime's quantized pools crash on a window larger than its data: never smaller than the kernel here.
    const spatial = draw.ints(rank, 3, 8);
    const data = last ? [1, ...spatial, 3] : [1, 3, ...spatial];
    return {
      inputs: [uint8(data), scaleOf(), zero(), scaleOf(), zero()],
      attributes: { ...values, ...(last || global ? { channels_last: Number(last) } : {}) },
    };
  };

const unpool: CaseMaker = (draw) => {
  const size = draw.ints(2, 1, 3);
  const kernel = draw.ints(2, 1, 2);
  const values: Parameters<typeof attributes>[0] = { kernel_shape: kernel, strides: kernel };
  const dims = [1, 2, ...size];
  return { inputs: [float(dims), { type: 'int64', dims, fill: 0 }], attributes: values };
};

const deformed: CaseMaker = (draw): Case => {
  const kernel = draw.ints(2, 1, 3);
  const [height, width] = [draw.int(3, 6), draw.int(3, 6)];
  const out = [height - kernel[0]! + 1, width - kernel[1]! + 1];
  return { inputs: [float([1, 2, height, width]), float([3, 2, ...kernel]), float([1, 2 * kernel[0]! * kernel[1]!, ...out])] };
};

const globalPool: CaseMaker = (draw) => ({ inputs: [float([...draw.ints(2, 1, 3), ...draw.dims(1, 3)])] });

/** Cases of convolutions and pools. */
export const windowCases: ReadonlyMap<string, CaseMaker> = new Map<string, CaseMaker>([
  ['Conv', conv],
  ['com.microsoft::FusedConv', (draw) => {
    const made = conv(draw);
    return { ...made, attributes: { ...made.attributes, activation: 'Relu' } };
  }],
  ['ConvTranspose', transposed],
  ['ConvInteger', (draw) => {
    const { data, weight, attributes } = convolution(draw);
    return { inputs: [uint8(data), uint8(weight)], attributes };
  }],
  ['QLinearConv', qlinearConv],
  ['com.microsoft::QLinearConv', (draw) => {
    const { data, weight, attributes } = convolution(draw);
    const last = [data[0]!, ...data.slice(2), data[1]!];
    return { inputs: [uint8(last), scaleOf(), zero(), { ...uint8(weight), constant: true }, scaleOf(), zero(), scaleOf(), zero()], attributes: { ...attributes, channels_last: 1 } };
  }],
  ['DeformConv', deformed],
  ['MaxPool', pool({ dilations: (opset) => opset >= 10, ceil: (opset) => opset >= 10, outputs: 2 })],
  ['AveragePool', pool({ dilations: (opset) => opset >= 19, ceil: (opset) => opset >= 10 })],
  ['LpPool', pool({ dilations: (opset) => opset >= 18, ceil: (opset) => opset >= 18 })],
  ['GlobalAveragePool', globalPool],
  ['GlobalMaxPool', globalPool],
  ['GlobalLpPool', globalPool],
  ['com.microsoft::QLinearAveragePool', quantizedPool(false)],
  ['com.microsoft::QLinearGlobalAveragePool', quantizedPool(true)],
  ['MaxUnpool', unpool],
]); // prettier-ignore
