import { floatAttribute } from '../../../../src/engine/onnx/graph.ts';
import { float, scalar, type CaseMaker, type Draw, type Operand } from './case.ts';

const uint8 = (dims: readonly number[], more: Partial<Operand> = {}): Operand => ({ type: 'uint8', dims, ...more });
const one: Operand = float([], { constant: true });
const zero: Operand = uint8([], { fill: 0, constant: true });

/** Operands of numpy.matmul: batches that broadcast, vectors on either side, now and then a depth that does not fit. */
function matmulDims(draw: Draw, vectors = true): [number[], number[]] {
  const depth = draw.int(1, 4);
  const other = draw.chance(0.05) ? depth + 1 : depth;
  const batch = draw.dims(0, 2, 3);
  const part = (): number[] => batch.slice(draw.int(0, batch.length)).map((dim) => (draw.chance(0.3) ? 1 : dim));
  const left = vectors && draw.chance(0.15) ? [depth] : [...part(), draw.int(1, 4), depth];
  const right = vectors && draw.chance(0.15) ? [other] : [...part(), other, draw.int(1, 4)];
  return [left, right];
}

function gemmDims(draw: Draw): { a: number[]; b: number[]; c: number[]; attributes: Record<string, number> } {
  const [rows, depth, columns] = draw.ints(3, 1, 5) as [number, number, number];
  const [transA, transB] = [draw.int(0, 1), draw.int(0, 1)];
  const wrong = draw.chance(0.05) ? 1 : 0;
  return {
    a: transA ? [depth, rows] : [rows, depth],
    b: transB ? [columns, depth + wrong] : [depth + wrong, columns],
    c: draw.pick([[rows, columns], [columns], [1, columns], [rows, 1], [1], []]),
    attributes: { ...(transA && { transA }), ...((transB || draw.chance(0.3)) && { transB }) },
  };
}

const recurrent =
  (gates: number): CaseMaker =>
  (draw) => {
    const [sequence, batch, input, hidden] = draw.ints(4, 1, 4) as [number, number, number, number];
    const both = draw.chance(0.4);
    const directions = both ? 2 : 1;
    const layout = draw.opset >= 14 && draw.chance(0.3) ? 1 : 0;
    const attributes = { hidden_size: hidden, ...(both && { direction: 'bidirectional' }), ...(layout && { layout }) };
    const data = layout ? [batch, sequence, input] : [sequence, batch, input];
    return {
      inputs: [float(data), float([directions, gates * hidden, input]), float([directions, gates * hidden, hidden])],
      attributes,
      outputs: gates === 4 ? draw.int(1, 3) : draw.int(1, 2),
    };
  };

/** A random equation of two operands (or one), with a random result; sizes by letter. */
const einsum: CaseMaker = (draw) => {
  const letters = ['i', 'j', 'k', 'l'];
  const sizes = new Map(letters.map((letter) => [letter, draw.int(1, 4)]));
  const term = (): string[] => letters.filter(() => draw.chance(0.6)).sort(() => (draw.chance(0.5) ? 1 : -1));
  const open = draw.chance(0.3) ? draw.dims(1, 2, 3) : [];
  const terms = Array.from({ length: draw.int(1, 3) }, term);
  const used = [...new Set(terms.flat())];
  const result = used.filter(() => draw.chance(0.6));
  const dots = open.length ? '...' : '';
  const written = terms.map((axes) => dots + axes.join(''));
  const equation = draw.chance(0.7) ? `${written.join(',')}->${dots}${result.join('')}` : written.join(' , ');
  return {
    inputs: terms.map((axes) => float([...open.map((dim) => (draw.chance(0.2) ? 1 : dim)), ...axes.map((axis) => sizes.get(axis)!)])),
    attributes: { equation },
  };
};

const attention: CaseMaker = (draw) => {
  const [batch, heads, queries, keys, size, width] = draw.ints(6, 1, 4) as [number, number, number, number, number, number];
  if (draw.chance(0.5)) {
    return { inputs: [float([batch, heads, queries, size]), float([batch, heads, keys, size]), float([batch, heads, keys, width])] };
  }
  return {
    inputs: [float([batch, queries, heads * size]), float([batch, keys, heads * size]), float([batch, keys, heads * width])],
    attributes: { q_num_heads: heads, kv_num_heads: heads },
  };
};

/** Cases of matrix products and what is made of them. */
export const matrixCases: ReadonlyMap<string, CaseMaker> = new Map<string, CaseMaker>([
  ['MatMul', (draw) => ({ inputs: matmulDims(draw).map((dims) => float(dims)) })],
  ['com.microsoft::FusedMatMul', (draw) => {
    const [a, b] = matmulDims(draw, false);
    const [transA, transB] = [draw.int(0, 1), draw.int(0, 1)];
    const turn = (dims: number[], turned: number): number[] => (turned ? [...dims.slice(0, -2), dims.at(-1)!, dims.at(-2)!] : dims);
    return { inputs: [float(turn(a, transA)), float(turn(b, transB))], attributes: { transA, transB, alpha: floatAttribute(1) } };
  }],
  ['MatMulInteger', (draw) => ({ inputs: matmulDims(draw, false).map((dims) => uint8(dims)) })],
  ['com.microsoft::MatMulIntegerToFloat', (draw) => {
    const [a, b] = matmulDims(draw, false);
    return { inputs: [uint8(a), uint8(b.slice(-2), { constant: true }), one, one, zero, zero] };
  }],
  ['com.microsoft::DynamicQuantizeMatMul', (draw) => {
    const [a, b] = matmulDims(draw, false);
    return { inputs: [float(a), uint8(b.slice(-2), { constant: true }), one, zero] };
  }],
  ['QLinearMatMul', (draw) => {
    const [a, b] = matmulDims(draw, false);
    return { inputs: [uint8(a), one, zero, uint8(b), one, zero, one, zero] };
  }],
  ['Gemm', (draw) => {
    const { a, b, c, attributes } = gemmDims(draw);
    const bias = draw.opset < 7 ? [float(c.length === 2 ? c : [...a.slice(0, 0), ...c])] : draw.chance(0.6) || draw.opset < 11 ? [float(c)] : [];
    return { inputs: [float(a), float(b), ...bias], attributes: { ...attributes, ...(draw.opset < 7 && { broadcast: 1 }) } };
  }],
  ['com.microsoft::QGemm', (draw) => {
    const { a, b, attributes } = gemmDims(draw);
    const tail = draw.chance(0.5) ? [undefined, one, zero] : [];
    return { inputs: [uint8(a), one, zero, uint8(b, { constant: true }), one, zero, ...tail], attributes };
  }],
  ['com.microsoft::MatMulNBits', (draw) => {
    const [columns, rows] = [draw.int(1, 6), draw.int(1, 3)];
    const K = 32 * draw.int(1, 2);
    return {
      inputs: [float([...draw.dims(0, 2, 2), rows, K]), uint8([columns, K / 32, 16], { constant: true }), float([columns * (K / 32)], { constant: true })],
      attributes: { K, N: columns, bits: 4, block_size: 32 },
    };
  }],
  ['RNN', recurrent(1)],
  ['GRU', recurrent(3)],
  ['LSTM', recurrent(4)],
  ['Einsum', einsum],
  ['Attention', attention],
  ['com.microsoft::FusedGemm', (draw) => {
    const { a, b, attributes } = gemmDims(draw);
    return { inputs: [float(a), float(b)], attributes: { ...attributes, activation: 'Relu' } };
  }],
  ['com.microsoft::MultiHeadAttention', (draw) => {
    const [batch, heads, queries, keys, size, width] = draw.ints(6, 1, 4) as [number, number, number, number, number, number];
    const query = float([batch, queries, heads * size]);
    const attributes = { num_heads: heads };
    if (draw.chance(0.05)) return { inputs: [float([batch, queries, heads, 3, size])], attributes };
    if (draw.chance(0.05)) return { inputs: [query, float([batch, keys, heads, 2, size])], attributes };
    if (draw.chance(0.3)) return { inputs: [query, float([batch, heads, keys, size]), float([batch, heads, keys, width])], attributes };
    return { inputs: [query, float([batch, keys, heads * size]), float([batch, keys, heads * width])], attributes };
  }],
  ['com.microsoft::Attention', (draw) => {
    const [batch, length, input, heads, size, width] = draw.ints(6, 1, 4) as [number, number, number, number, number, number];
    const stated = draw.chance(0.5);
    const columns = stated ? heads * (2 * size + width) : 3 * heads * size;
    const attributes = { num_heads: heads, ...(stated && { qkv_hidden_sizes: [heads * size, heads * size, heads * width] }) };
    return { inputs: [float([batch, length, input]), float([input, columns]), float([columns])], attributes };
  }],
  ['Det', (draw) => {
    const size = draw.int(1, 3);
    return { inputs: [float([...draw.dims(0, 2), size, draw.chance(0.05) ? size + 1 : size])] };
  }],
  ['com.microsoft::SkipLayerNormalization', (draw) => {
    const dims = [draw.int(1, 2), draw.int(1, 4), draw.int(1, 4)];
    return { inputs: [float(dims), float(dims), float(dims.slice(-1))] };
  }],
  ['com.microsoft::SkipSimplifiedLayerNormalization', (draw) => {
    const dims = [draw.int(1, 2), draw.int(1, 4), draw.int(1, 4)];
    return { inputs: [float(dims), float(dims), float(dims.slice(-1))] };
  }],
  ['RotaryEmbedding', (draw) => {
    const [batch, heads, length] = draw.ints(3, 1, 3) as [number, number, number];
    const table: Operand = float([batch, length, 2]);
    return { inputs: [float([batch, heads, length, 4]), table, table] };
  }],
  ['OneHot', (draw) => {
    const dims = draw.dims(0, 3);
    const depth = scalar(draw.int(1, 5), 'int64', { constant: draw.chance(0.8) });
    return { inputs: [{ type: 'int64', dims, fill: 0 }, depth, float([2])], attributes: { axis: draw.int(-dims.length - 2, dims.length) } };
  }],
]); // prettier-ignore
