import type { Dim } from '../onnx/graph.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { addDims, multiplyDims, productOf } from './shape/dims.ts';
import { agree, dimAt, rankedAtLeast, shapeAt, shapeError, tensorOf, typeAt } from './shape/operand.ts';
import { sameAsInput } from './shape/rules.ts';
import { noIntegerKernel } from './shape/roles.ts';

interface Heads {
  readonly batch: Dim;
  readonly heads: Dim;
  readonly length: Dim;
  /** Size of one head. */
  readonly size: Dim;
}

const divided = (dim: Dim, by: number): Dim => (typeof dim === 'number' && by > 0 ? dim / by : by === 1 ? dim : null);

/** [batch, heads, length, size], or [batch, length, heads × size] with the number of heads stated. */
function headsOf(shape: readonly Dim[] | undefined, count: number): Heads | undefined {
  if (!shape) return undefined;
  if (shape.length === 4) return { batch: shape[0]!, heads: shape[1]!, length: shape[2]!, size: shape[3]! };
  return { batch: dimAt(shape, 0), heads: count || null, length: dimAt(shape, 1), size: divided(dimAt(shape, 2), count) };
}

/** Attention-23: softmax(Q · Kᵀ) · V per head; present keys and values are past and new ones together. */
function attention(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const [query, key, value] = [0, 1, 2].map((index) => rankedAtLeast(context, index, 3));
  const type = typeAt(context, 0);
  if ([query, key, value].some((shape) => shape && shape.length > 4)) throw shapeError(node, 'has an input of more than 4 dimensions');
  const ofKeys = node.int('kv_num_heads', 0);
  const [q, k, v] = [headsOf(query, node.int('q_num_heads', 0)), headsOf(key, ofKeys), headsOf(value, ofKeys)];
  if (!query || !q || !k || !v) return [tensorOf(type)];
  agree(node, 'the batch', q.batch, k.batch);
  agree(node, 'the size of a head', q.size, k.size);
  const past = (node.inputs[4] ?? '') === '' ? 0 : dimAt(shapeAt(context, 4), 2);
  const total = addDims(past, k.length);
  const width = query.length === 4 ? undefined : multiplyDims(q.heads, v.size);
  const output = width === undefined ? [q.batch, q.heads, q.length, v.size] : [q.batch, q.length, width];
  return [
    tensorOf(type, output),
    tensorOf(typeAt(context, 1), [q.batch, k.heads, total, k.size]),
    tensorOf(typeAt(context, 2), [q.batch, v.heads, total, v.size]),
    tensorOf(type, [q.batch, q.heads, q.length, total]),
  ];
}

/** x + skip + bias, normalized; mean and inverse deviation are not made on the CPU; the last output is the sum. */
const skipNormalization = (op: string, weights: readonly number[]): OperatorRecord => ({
  op,
  domain: 'com.microsoft',
  since: 1,
  summary: 'Adds a shortcut and normalizes over the last axis.',
  weights,
  mixesChannels: true,
  quantize: noIntegerKernel(op),
  infer: (context) => [sameAsInput(context)[0], undefined, undefined, sameAsInput(context)[0]],
});

/** Transformer blocks. */
export const records: readonly OperatorRecord[] = [
  {
    op: 'Attention',
    since: 23,
    summary: 'Scaled dot-product attention.',
    mixesChannels: true,
    quantize: noIntegerKernel('Attention'),
    infer: attention,
    /** batch × heads × queries × keys × (size of a key + size of a value). */
    macs(node, inputs) {
      const ofKeys = node.int('kv_num_heads', 0);
      const q = headsOf(inputs[0]?.shape, node.int('q_num_heads', 0));
      const [k, v] = [headsOf(inputs[1]?.shape, ofKeys), headsOf(inputs[2]?.shape, ofKeys)];
      if (!q || !k || !v) return undefined;
      const past = (node.inputs[4] ?? '') === '' ? 0 : dimAt(inputs[4]?.shape, 2);
      return productOf([q.batch, q.heads, q.length, addDims(k.length, past), addDims(k.size, v.size)]) ?? undefined;
    },
  },
  {
    op: 'RotaryEmbedding',
    since: 23,
    summary: 'Turns pairs of elements by an angle that grows with the position.',
    quantize: noIntegerKernel('RotaryEmbedding'),
    infer: sameAsInput,
  },
  skipNormalization('SkipLayerNormalization', [2, 3, 4]),
  skipNormalization('SkipSimplifiedLayerNormalization', [2, 3]),
];
