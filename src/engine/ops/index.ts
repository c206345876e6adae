import type { Model, Node } from '../onnx/graph.ts';
import { records as activation } from './activation.ts';
import { records as alongAxis } from './along-axis.ts';
import { records as attention } from './attention.ts';
import { withChannels } from './channels/index.ts';
import { records as concat } from './concat.ts';
import { records as constant } from './constant.ts';
import { records as controlFlow } from './control-flow.ts';
import { records as conv } from './conv.ts';
import { records as convTranspose } from './conv-transpose.ts';
import { records as einsum } from './einsum.ts';
import { records as elementwiseBinary } from './elementwise-binary.ts';
import { records as elementwiseUnary } from './elementwise-unary.ts';
import { records as elementwiseVariadic } from './elementwise-variadic.ts';
import { records as expand } from './expand.ts';
import { records as fusedAttention } from './fused-attention.ts';
import { records as gather } from './gather.ts';
import { records as gemm } from './gemm.ts';
import { records as generate } from './generate.ts';
import { records as globalPool } from './global-pool.ts';
import { records as gradientOperators } from './gradient-operators.ts';
import { records as identity } from './identity.ts';
import { records as integerCompute } from './integer-compute.ts';
import { records as integerElementwise } from './integer-elementwise.ts';
import { records as matmul } from './matmul.ts';
import { records as normalization } from './normalization.ts';
import { records as pad } from './pad.ts';
import { records as pool } from './pool.ts';
import { records as quantizeLinear } from './quantize-linear.ts';
import { records as recurrent } from './recurrent.ts';
import { records as reduce } from './reduce.ts';
import { records as reshape } from './reshape.ts';
import { records as resize } from './resize.ts';
import { records as scatter } from './scatter.ts';
import { records as select } from './select.ts';
import { records as sequence } from './sequence.ts';
import { records as shape } from './shape.ts';
import { records as slice } from './slice.ts';
import { records as softmax } from './softmax.ts';
import { records as spaceDepth } from './space-depth.ts';
import { records as split } from './split.ts';
import { records as transpose } from './transpose.ts';
import { records as vision } from './vision.ts';
import { records as where } from './where.ts';
import type { OperatorRecord } from './record.ts';

/** Every operator this project knows, one line per file of this folder. */
export const operators: readonly OperatorRecord[] = withChannels([
  ...activation,
  ...alongAxis,
  ...attention,
  ...concat,
  ...constant,
  ...controlFlow,
  ...conv,
  ...convTranspose,
  ...einsum,
  ...elementwiseBinary,
  ...elementwiseUnary,
  ...elementwiseVariadic,
  ...expand,
  ...fusedAttention,
  ...gather,
  ...gemm,
  ...generate,
  ...globalPool,
  ...gradientOperators,
  ...identity,
  ...integerCompute,
  ...integerElementwise,
  ...matmul,
  ...normalization,
  ...pad,
  ...pool,
  ...quantizeLinear,
  ...recurrent,
  ...reduce,
  ...reshape,
  ...resize,
  ...scatter,
  ...select,
  ...sequence,
  ...shape,
  ...slice,
  ...softmax,
  ...spaceDepth,
  ...split,
  ...transpose,
  ...vision,
  ...where,
]);

const plainDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** By operator, then by domain and version: names are nearly unique, so the second step is short. */
const byName = new Map<string, OperatorRecord[]>();
for (const record of operators) {
  const versions = byName.get(record.op);
  if (versions) versions.push(record);
  else byName.set(record.op, [record]);
}

/** The record of an operator at an opset version of its domain; undefined for one that is not known there. */
export function findRecord(domain: string, op: string, version: number): OperatorRecord | undefined {
  const wanted = plainDomain(domain);
  const covers = (record: OperatorRecord): boolean =>
    (record.domain ?? '') === wanted && record.since <= version && version <= (record.until ?? Infinity);
  return byName.get(op)?.find(covers);
}

/** Version of a domain among a model's or function's imports; custom domains that are not imported count as 1. */
export const versionOf = (opsets: ReadonlyMap<string, number>, domain: string): number =>
  plainDomain(domain) === '' ? (opsets.get('') ?? opsets.get('ai.onnx') ?? 1) : (opsets.get(domain) ?? 1);

/** The record of a node of this model's graphs; undefined for model-local functions and operators that are not known. */
export function findOperator(node: Node, model: Model): OperatorRecord | undefined {
  return findRecord(node.domain, node.op, versionOf(model.opsets, node.domain));
}
