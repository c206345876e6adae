import type { Dim, Node } from '../onnx/graph.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { addDims, multiplyDims, productOf } from './shape/dims.ts';
import { agree, dimAt, ranked, rankedAtLeast, shapeAt, tensorOf, typeAt } from './shape/operand.ts';
import { noIntegerKernel } from './shape/roles.ts';

type Shape = readonly Dim[] | undefined;

/** Sizes of one attention: [batch, queries, width of Q] against [batch, keys, width of V]. */
interface Sizes {
  readonly batch: Dim;
  readonly queries: Dim;
  readonly keys: Dim;
  readonly width: Dim;
  readonly valueWidth: Dim;
}

/**
 * MultiHeadAttention takes Q, K and V apart ([batch, length, width], or K and V [batch, heads, length, size]), K and V packed
 * ([batch, length, heads, 2, size]) or all three packed ([batch, length, heads, 3, size]).
 */
function multiHeadSizes(query: Shape, key: Shape, value: Shape): Sizes {
  const [batch, queries] = [dimAt(query, 0), dimAt(query, 1)];
  if (query?.length === 5) {
    const width = multiplyDims(query[2]!, query[4]!);
    return { batch, queries, keys: queries, width, valueWidth: width };
  }
  const width = dimAt(query, 2);
  if (key?.length === 5) return { batch, queries, keys: key[1]!, width, valueWidth: width };
  if (value?.length === 4) return { batch, queries, keys: value[2]!, width, valueWidth: multiplyDims(value[1]!, value[3]!) };
  return { batch, queries, keys: dimAt(value, 1), width, valueWidth: dimAt(value, 2) };
}

const multiHeadMacs = ({ batch, queries, keys, width, valueWidth }: Sizes): number | undefined =>
  productOf([batch, queries, keys, addDims(width, valueWidth)]) ?? undefined;

function multiHead(context: InferenceContext): (Inferred | undefined)[] {
  const [query, key, value] = [rankedAtLeast(context, 0, 3), shapeAt(context, 1), shapeAt(context, 2)];
  const type = typeAt(context, 0);
  if (!query) return [tensorOf(type)];
  const { batch, queries, valueWidth } = multiHeadSizes(query, key, value);
  return [tensorOf(type, [batch, queries, valueWidth])];
}

/** Widths of Q and V in one matrix of weights: stated, or a third of its columns each. */
function packedWidths(node: Node, columns: Dim): { query: Dim; value: Dim } {
  const [query, , value] = node.ints('qkv_hidden_sizes') ?? [];
  if (query !== undefined && value !== undefined) return { query, value };
  const third = typeof columns === 'number' ? columns / 3 : null;
  return { query: third, value: third };
}

/** Transformer blocks as ONNX Runtime's optimizer fuses them. */
export const records: readonly OperatorRecord[] = [
  {
    op: 'MultiHeadAttention',
    domain: 'com.microsoft',
    since: 1,
    summary: 'Scaled dot-product attention of several heads.',
    weights: [3],
    mixesChannels: true,
    quantize: noIntegerKernel('MultiHeadAttention'),
    infer: multiHead,
    macs: (_node, inputs) => multiHeadMacs(multiHeadSizes(inputs[0]?.shape, inputs[1]?.shape, inputs[2]?.shape)),
  },
  {
    op: 'Attention',
    domain: 'com.microsoft',
    since: 1,
    summary: 'Projection to Q, K and V, and scaled dot-product attention of several heads.',
    weights: [1, 2],
    mixesChannels: true,
    quantize: noIntegerKernel('Attention'),
    infer(context) {
      const [data, weights] = [ranked(context, 0, 3), ranked(context, 1, 2)];
      agree(context.node, 'the input width', dimAt(data, 2), dimAt(weights, 0));
      const { value } = packedWidths(context.node, dimAt(weights, 1));
      return [tensorOf(typeAt(context, 0), [dimAt(data, 0), dimAt(data, 1), value])];
    },
    /** The projection, then queries × keys twice. */
    macs(node, inputs) {
      const [data, weights] = [inputs[0]?.shape, inputs[1]?.shape];
      const [batch, length] = [dimAt(data, 0), dimAt(data, 1)];
      const { query, value } = packedWidths(node, dimAt(weights, 1));
      const projection = productOf([batch, length, dimAt(weights, 0), dimAt(weights, 1)]);
      const products = multiHeadMacs({ batch, queries: length, keys: length, width: query, valueWidth: value });
      return projection === null || products === undefined ? undefined : projection + products;
    },
  },
];
