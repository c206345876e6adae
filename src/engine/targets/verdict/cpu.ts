import type { Node } from '../../onnx/graph.ts';
import type { TargetLimits } from '../limits.ts';
import type { DataFlow } from './data-flow.ts';
import { cpuDevice, type NodeVerdict, type RuleFacts, type TargetVerdict } from './types.ts';

const source = 'onnxruntime 1.30, core/optimizer/qdq_transformer/selectors_actions/qdq_selector_action_transformer.cc';

const integer: RuleFacts = {
  name: 'cpu.integer',
  about: 'operators with an integer kernel',
  limit: 'between DequantizeLinear and QuantizeLinear: on integers',
  outcome: 'yes',
  source,
};
const quantizable: RuleFacts = {
  name: 'cpu.quantizable',
  about: 'operators with an integer kernel',
  limit: 'anywhere else: in float; on integers once it is quantized',
  outcome: 'yes',
  source,
};
const float: RuleFacts = { name: 'cpu.float', about: 'all others', limit: 'in float, quantized or not', outcome: 'yes', source };

/** A CPU with ONNX Runtime: everything runs there, some of it on integers. */
export function cpuVerdict(target: TargetLimits): TargetVerdict {
  const integers = new Set(target.integerOperators);
  return {
    target,
    architectures: [],
    rules: [integer, quantizable, float],
    judge: ({ flow }) => new Map(flow.nodes.map((node) => [node, judged(flow, node, integers)])),
  };
}

function judged(flow: DataFlow, node: Node, integers: ReadonlySet<string>): NodeVerdict {
  const common = { node, verdict: 'yes', device: cpuDevice, fixes: [] } as const;
  if (!integers.has(node.qualifiedOp)) return { ...common, rule: float.name, reason: 'in float' };
  return isBetweenQuantizers(flow, node)
    ? { ...common, rule: integer.name, reason: 'on integers' }
    : { ...common, rule: quantizable.name, reason: 'in float; there is an integer kernel for it, once it is quantized' };
}

/** Its first operand comes from a DequantizeLinear, and its result goes to a QuantizeLinear, through activations that melt into it. */
function isBetweenQuantizers({ graph }: DataFlow, node: Node): boolean {
  if (graph.producer(node.inputs[0] ?? '')?.op !== 'DequantizeLinear' && !melts.has(node.op)) return false;
  let last = node;
  for (let users = graph.users(last.outputs[0] ?? ''); users.length > 0; users = graph.users(last.outputs[0] ?? '')) {
    if (users.every((use) => use.node.op === 'QuantizeLinear')) return true;
    const [only] = users;
    if (users.length > 1 || !only || !melts.has(only.node.op)) return false;
    last = only.node;
  }
  return false;
}

const melts = new Set(['Relu', 'Clip']);
