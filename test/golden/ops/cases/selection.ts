import { float, list, scalar, type CaseMaker, type Draw, type Operand } from './case.ts';

const reduce =
  (inputSince: number): CaseMaker =>
  (draw) => {
    const dims = draw.dims(1, 4);
    const axes = dims.flatMap((_, axis) => (draw.chance(0.4) ? [draw.opset >= 11 && draw.chance(0.3) ? axis - dims.length : axis] : []));
    const attributes = draw.chance(0.6) ? { keepdims: draw.int(0, 1) } : {};
    const noop = draw.opset >= inputSince && draw.chance(0.2) ? { noop_with_empty_axes: 1 } : {};
    if (axes.length === 0) return { inputs: [float(dims)], attributes: { ...attributes, ...noop } };
    if (draw.opset < inputSince) return { inputs: [float(dims)], attributes: { ...attributes, axes } };
    return { inputs: [float(dims), list(axes, { constant: draw.chance(0.8) })], attributes: { ...attributes, ...noop } };
  };

const gather: CaseMaker = (draw) => {
  const dims = draw.dims(1, 4);
  const axis = draw.int(-dims.length, dims.length - 1);
  return { inputs: [float(dims), { type: 'int64', dims: draw.dims(0, 3, 3), fill: 0 }], attributes: draw.chance(0.8) ? { axis } : {} };
};

const gatherNd: CaseMaker = (draw) => {
  const dims = draw.dims(1, 4);
  const batch = draw.opset >= 12 && dims.length > 1 ? draw.int(0, 1) : 0;
  const depth = draw.int(1, dims.length - batch);
  const indices = [...dims.slice(0, batch), ...draw.dims(0, 2, 3), depth];
  return { inputs: [float(dims), { type: 'int64', dims: indices, fill: 0 }], attributes: batch ? { batch_dims: batch } : {} };
};

const scatter: CaseMaker = (draw) => {
  const dims = draw.dims(1, 3);
  const part = dims.map((dim) => draw.int(1, dim));
  return { inputs: [float(dims), { type: 'int64', dims: part, fill: 0 }, float(part)] };
};

const argument: CaseMaker = (draw) => {
  const dims = draw.dims(1, 4);
  const axis = draw.int(draw.opset < 11 ? 0 : -dims.length, dims.length - 1);
  return { inputs: [float(dims)], attributes: { axis, ...(draw.chance(0.5) && { keepdims: draw.int(0, 1) }) } };
};

const topK: CaseMaker = (draw) => {
  const dims = draw.dims(1, 3, 6);
  const axis = draw.int(0, dims.length - 1);
  const k = draw.chance(0.06) ? dims[axis]! + 1 : draw.int(1, dims[axis]!);
  if (draw.opset < 10) return { inputs: [float(dims)], attributes: { axis, k }, outputs: 2 };
  return { inputs: [float(dims), list([k], { constant: draw.chance(0.8) })], attributes: { axis }, outputs: 2 };
};

const channels = (draw: Draw): { data: number[]; vector: Operand } => {
  const data = [draw.int(1, 2), draw.int(1, 4), ...draw.dims(1, 2)];
  return { data, vector: float([draw.chance(0.05) ? data[1]! + 1 : data[1]!]) };
};

const layerNormalization: CaseMaker = (draw) => {
  const dims = draw.dims(2, 4);
  const axis = draw.int(-dims.length, dims.length - 1);
  const scale = float(dims.slice(axis < 0 ? axis + dims.length : axis));
  return { inputs: [float(dims), scale, ...(draw.chance(0.5) ? [scale] : [])], attributes: { axis }, outputs: draw.pick([1, 3]) };
};

const axisOnly: CaseMaker = (draw) => {
  const dims = draw.dims(1, 4);
  const axis = draw.int(draw.opset < 11 ? 0 : -dims.length, dims.length - 1);
  return { inputs: [float(dims)], attributes: draw.chance(0.7) ? { axis } : {} };
};

const random: CaseMaker = (draw) => ({ inputs: [], attributes: { shape: draw.dims(1, 3), ...(draw.chance(0.3) && { dtype: 1 }) } });
const randomLike: CaseMaker = (draw) => ({ inputs: [float(draw.dims(1, 3))], attributes: draw.chance(0.3) ? { dtype: 11 } : {} });

const one: Operand = float([], { constant: true });
const zero: Operand = { type: 'uint8', dims: [], fill: 0, constant: true };
const quantizedUnary: CaseMaker = (draw) => ({ inputs: [{ type: 'uint8', dims: draw.dims(1, 4) }, one, zero, one, zero] });
const quantizedBinary: CaseMaker = (draw) => {
  const dims = draw.dims(1, 4);
  const other = dims.slice(draw.int(0, dims.length - 1)).map((dim) => (draw.chance(0.3) ? 1 : dim));
  return { inputs: [{ type: 'uint8', dims }, one, zero, { type: 'uint8', dims: other }, one, zero, one, zero] };
};

const reductions: [string, CaseMaker][] = [
  'ReduceMean', 'ReduceProd', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare', 'ReduceLogSum', 'ReduceLogSumExp',
].map((op) => [op, reduce(18)]); // prettier-ignore

/** Cases of reductions, searches, normalizations and quantization. */
export const selectionCases: ReadonlyMap<string, CaseMaker> = new Map<string, CaseMaker>([
  ...reductions,
  ['ReduceSum', reduce(13)],
  ['Gather', gather],
  ['GatherElements', (draw) => {
    const dims = draw.dims(1, 3);
    const axis = draw.int(-dims.length, dims.length - 1);
    return { inputs: [float(dims), { type: 'int64', dims: dims.map((dim) => draw.int(1, dim)), fill: 0 }], attributes: { axis } };
  }],
  ['GatherND', gatherNd],
  ['Scatter', scatter],
  ['ScatterElements', scatter],
  ['ScatterND', (draw) => {
    const dims = draw.dims(1, 3);
    const depth = draw.int(1, dims.length);
    const lead = draw.dims(1, 2, 2);
    return { inputs: [float(dims), { type: 'int64', dims: [...lead, depth], fill: 0 }, float([...lead, ...dims.slice(depth)])] };
  }],
  ['ArgMax', argument],
  ['ArgMin', argument],
  ['TopK', topK],
  ['NonZero', (draw) => ({ inputs: [float(draw.dims(1, 3))], exact: false })],
  ['Unique', (draw) => {
    const dims = draw.dims(1, 3);
    return { inputs: [float(dims)], outputs: 4, exact: false, attributes: draw.chance(0.5) ? { axis: draw.int(-dims.length, dims.length - 1) } : {} };
  }],
  ['Compress', (draw) => {
    const dims = draw.dims(1, 3);
    const axis = draw.int(0, dims.length - 1);
    return { inputs: [float(dims), { type: 'bool', dims: [dims[axis]!] }], exact: false, attributes: draw.chance(0.6) ? { axis } : {} };
  }],
  ['NonMaxSuppression', (draw) => {
    const [batch, boxes, classes] = draw.ints(3, 1, 3) as [number, number, number];
    return { inputs: [float([batch, boxes, 4]), float([batch, classes, boxes]), scalar(2)], exact: false };
  }],
  ['BatchNormalization', (draw) => {
    const { data, vector } = channels(draw);
    return { inputs: [float(data), vector, vector, vector, vector], attributes: draw.opset < 7 ? { is_test: 1 } : {} };
  }],
  ['InstanceNormalization', (draw) => {
    const { data, vector } = channels(draw);
    return { inputs: [float(data), vector, vector] };
  }],
  ['GroupNormalization', (draw) => {
    const groups = draw.int(1, 2);
    const data = [1, groups * draw.int(1, 2), ...draw.dims(1, 2)];
    const vector = float([draw.opset < 21 ? groups : data[1]!]);
    return { inputs: [float(data), vector, vector], attributes: { num_groups: groups } };
  }],
  ['LayerNormalization', layerNormalization],
  ['RMSNormalization', (draw) => {
    const dims = draw.dims(1, 4);
    return { inputs: [float(dims), float(dims.slice(-1))] };
  }],
  ['LRN', (draw) => ({ inputs: [float([1, draw.int(1, 4), ...draw.ints(2, 1, 4)])], attributes: { size: 3 } })],
  ['LpNormalization', axisOnly],
  ['MeanVarianceNormalization', (draw) => ({ inputs: [float(draw.ints(4, 1, 4))] })],
  ['Softmax', axisOnly],
  ['LogSoftmax', axisOnly],
  ['Hardmax', axisOnly],
  ['RandomNormal', random],
  ['RandomUniform', random],
  ['RandomNormalLike', randomLike],
  ['RandomUniformLike', randomLike],
  ['Bernoulli', (draw) => ({ inputs: [float(draw.dims(1, 3), { fill: 0.5 })] })],
  ['Multinomial', (draw) => ({ inputs: [float(draw.dims(2, 2))], attributes: { sample_size: draw.int(1, 4) } })],
  ['GridSample', (draw) => {
    const [batch, ...rest] = draw.ints(6, 1, 4) as [number, number, number, number, number, number];
    return { inputs: [float([batch, ...rest.slice(0, 3)]), float([batch, ...rest.slice(3), 2], { fill: 0 })] };
  }],
  ['AffineGrid', (draw) => {
    const [batch, height, width] = draw.ints(3, 1, 4) as [number, number, number];
    return { inputs: [float([batch, 2, 3]), list([batch, 3, height, width], { constant: draw.chance(0.8) })] };
  }],
  ['RoiAlign', (draw) => {
    const regions = draw.int(1, 3);
    const attributes = { output_height: draw.int(1, 3), output_width: draw.int(1, 3) };
    return { inputs: [float([1, draw.int(1, 3), 6, 6]), float([regions, 4]), { type: 'int64', dims: [regions], fill: 0 }], attributes };
  }],
  ['MaxRoiPool', (draw) => ({ inputs: [float([1, draw.int(1, 3), 6, 6]), float([draw.int(1, 3), 5], { fill: 0 })], attributes: { pooled_shape: draw.ints(2, 1, 3) } })],
  ['Col2Im', (draw) => {
    const [height, width] = [draw.int(2, 4), draw.int(2, 4)];
    return { inputs: [float([1, 3 * 4, (height - 1) * (width - 1)]), list([height, width]), list([2, 2])] };
  }],
  ['QuantizeLinear', (draw) => {
    const zeroPoint: Operand = { type: draw.pick(['uint8', 'int8'] as const), dims: [] };
    return { inputs: [float(draw.dims(0, 4)), float([]), ...(draw.chance(0.6) ? [zeroPoint] : [])] };
  }],
  ['DequantizeLinear', (draw) => {
    const type = draw.pick(['uint8', 'int8', 'int32'] as const);
    return { inputs: [{ type, dims: draw.dims(0, 4) }, float([]), ...(type !== 'int32' && draw.chance(0.6) ? [{ type, dims: [] }] : [])] };
  }],
  ['com.microsoft::QuantizeLinear', (draw) => ({ inputs: [float(draw.dims(1, 4)), one, { type: draw.pick(['uint8', 'int8', 'uint16'] as const), dims: [] }] })],
  ['com.microsoft::DequantizeLinear', (draw) => {
    const type = draw.pick(['uint8', 'int8', 'uint16'] as const);
    return { inputs: [{ type, dims: draw.dims(1, 4) }, one, { type, dims: [] }] };
  }],
  ['DynamicQuantizeLinear', (draw) => ({ inputs: [float(draw.dims(1, 4))], outputs: 3 })],
  ['com.microsoft::QLinearAdd', quantizedBinary],
  ['com.microsoft::QLinearMul', quantizedBinary],
  ['com.microsoft::QLinearSigmoid', quantizedUnary],
  ['com.microsoft::QLinearLeakyRelu', quantizedUnary],
  ['com.microsoft::QLinearSoftmax', (draw) => ({ ...quantizedUnary(draw), attributes: { opset: 13, axis: -1 } })],
  ['com.microsoft::QLinearWhere', (draw) => {
    const dims = draw.dims(1, 3);
    const data: Operand = { type: 'uint8', dims };
    return { inputs: [{ type: 'bool', dims }, data, one, zero, data, one, zero, one, zero] };
  }],
]); // prettier-ignore
