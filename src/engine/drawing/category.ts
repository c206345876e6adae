import type { Node } from '../onnx/graph.ts';
import { records as activation } from '../ops/activation.ts';
import { records as alongAxis } from '../ops/along-axis.ts';
import { records as attention } from '../ops/attention.ts';
import { records as concat } from '../ops/concat.ts';
import { records as constant } from '../ops/constant.ts';
import { records as controlFlow } from '../ops/control-flow.ts';
import { records as conv } from '../ops/conv.ts';
import { records as convTranspose } from '../ops/conv-transpose.ts';
import { records as einsum } from '../ops/einsum.ts';
import { records as elementwiseBinary } from '../ops/elementwise-binary.ts';
import { records as elementwiseUnary } from '../ops/elementwise-unary.ts';
import { records as elementwiseVariadic } from '../ops/elementwise-variadic.ts';
import { records as expand } from '../ops/expand.ts';
import { records as fusedAttention } from '../ops/fused-attention.ts';
import { records as gather } from '../ops/gather.ts';
import { records as gemm } from '../ops/gemm.ts';
import { records as generate } from '../ops/generate.ts';
import { records as globalPool } from '../ops/global-pool.ts';
import { records as identity } from '../ops/identity.ts';
import { records as integerCompute } from '../ops/integer-compute.ts';
import { records as integerElementwise } from '../ops/integer-elementwise.ts';
import { records as matmul } from '../ops/matmul.ts';
import { records as normalization } from '../ops/normalization.ts';
import { records as pad } from '../ops/pad.ts';
import { records as pool } from '../ops/pool.ts';
import { records as quantizeLinear } from '../ops/quantize-linear.ts';
import type { OperatorRecord } from '../ops/record.ts';
import { records as recurrent } from '../ops/recurrent.ts';
import { records as reduce } from '../ops/reduce.ts';
import { records as reshape } from '../ops/reshape.ts';
import { records as resize } from '../ops/resize.ts';
import { records as scatter } from '../ops/scatter.ts';
import { records as select } from '../ops/select.ts';
import { records as sequence } from '../ops/sequence.ts';
import { records as shape } from '../ops/shape.ts';
import { records as slice } from '../ops/slice.ts';
import { records as softmax } from '../ops/softmax.ts';
import { records as spaceDepth } from '../ops/space-depth.ts';
import { records as split } from '../ops/split.ts';
import { records as transpose } from '../ops/transpose.ts';
import { records as vision } from '../ops/vision.ts';
import { records as where } from '../ops/where.ts';
import type { NodeCategory } from '../../protocol/drawable.ts';

/** Families of operators by what they are for. */
const families: readonly (readonly [NodeCategory, readonly (readonly OperatorRecord[])[]])[] = [
  ['compute', [conv, convTranspose, gemm, matmul, einsum, attention, fusedAttention, recurrent, integerCompute]],
  ['activation', [activation, softmax]],
  ['normalization', [normalization]],
  ['pool', [pool, globalPool, reduce]],
  ['elementwise', [elementwiseBinary, elementwiseUnary, elementwiseVariadic, integerElementwise, where, alongAxis]],
  ['shape', [reshape, transpose, slice, concat, split, gather, expand, pad, resize, spaceDepth, shape, scatter, select, identity, vision]],
  ['quantize', [quantizeLinear]],
  ['control', [controlFlow, sequence]],
  ['constant', [constant, generate]],
];

const nameOf = ({ domain, op }: OperatorRecord): string => `${domain ?? ''}:${op}`;

const byName = new Map<string, NodeCategory>(
  families.flatMap(([category, lists]) => lists.flat().map((record) => [nameOf(record), category] as const)),
);

/** Operators that no record describes are judged by their names: most vendors name them after the ONNX ones. */
const byWords: readonly (readonly [RegExp, NodeCategory])[] = [
  [/quantizelinear/i, 'quantize'],
  [/norm/i, 'normalization'],
  [/pool/i, 'pool'],
  [/conv|matmul|gemm|linear|attention|lstm|gru/i, 'compute'],
  [/relu|gelu|silu|swish|sigmoid|tanh|softmax/i, 'activation'],
  [/add|mul|sub|div/i, 'elementwise'],
];

/** `record`: of the operator, where there is one; `opens`: it runs a graph or is a function of the model. */
export function categoryOf(node: Node, record: OperatorRecord | undefined, opens: boolean): NodeCategory {
  if (opens) return 'control';
  if (record) return byName.get(nameOf(record)) ?? 'other';
  return byWords.find(([words]) => words.test(node.op.slice(0, 100)))?.[1] ?? 'other';
}

/** By the operator's name alone, where there is no node of ONNX: other containers name their operators after it. */
export const categoryOfOperator = (op: string): NodeCategory =>
  byName.get(`:${op}`) ?? byWords.find(([words]) => words.test(op.slice(0, 100)))?.[1] ?? 'other';
