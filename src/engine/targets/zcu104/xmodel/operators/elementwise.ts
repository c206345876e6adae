import { hardSigmoidFactor } from '../../arithmetic.ts';
import { isRelu6 } from '../../fusing.ts';
import { storedAxis, storedShape } from '../layout.ts';
import { scaled } from './factor.ts';
import type { OperatorWriter } from './index.ts';

/** An operator of one input and no attributes. */
export const named =
  (type: string): OperatorWriter =>
  (writing, node) =>
    writing.simple(node, type);

/** Of two operands or more; constants get the axes of the result. */
export const sum: OperatorWriter = (writing, node) => writing.simple(node, 'add');

export const product: OperatorWriter = (writing, node) => writing.simple(node, 'mul');

export const difference: OperatorWriter = (writing, node) => writing.simple(node, 'sub');

export const quotient: OperatorWriter = (writing, node) => writing.simple(node, 'div');

export const clip: OperatorWriter = (writing, node) => {
  const graph = writing.graph;
  const bound = (index: number, name: string): number | undefined =>
    node.attributes.has(name) ? node.float(name, NaN) : graph.constant(node.inputs[index] ?? '')?.toFloat64()[0];
  const [least, greatest] = [bound(1, 'min'), bound(2, 'max')];
  const one = { input: [writing.op(node.inputs[0]!)] };
  const shape = storedShape(writing.dims(node.outputs[0]!));
  // Without bounds it only keeps a runtime from fusing what stands around it.
  if (least === undefined && greatest === undefined && node.inputs.slice(1).every((input) => input === ''))
    writing.made(node, writing.op(node.inputs[0]!));
  else if (isRelu6(graph, node)) writing.made(node, writing.builder.op('relu6', node.label, one, shape));
  else if (least === 0 && (greatest === undefined || greatest > 1e30))
    writing.made(node, writing.builder.op('relu', node.label, one, shape));
  else writing.refuse(node, `it clips to ${least ?? '-∞'} … ${greatest ?? '∞'}; XIR has 0 … ∞ and 0 … 6`);
};

export const leakyRelu: OperatorWriter = (writing, node) =>
  writing.simple(node, 'leaky-relu', { alpha: { real: node.float('alpha', 0.01) } });

/** clip(x + 3, 0, 6) / 6, and the DPU's factor behind it: `_i0` hard-sigmoid, `_i1` const, mul. */
export const hardSigmoid: OperatorWriter = (writing, node) => {
  if (node.float('alpha', 0.2) !== Math.fround(1 / 6) || node.float('beta', 0.5) !== 0.5)
    writing.refuse(node, 'the DPU has one hard sigmoid: alpha 1/6, beta 0.5');
  scaled(writing, node, 'hard-sigmoid', {}, Math.fround(hardSigmoidFactor));
};

export const softmax: OperatorWriter = (writing, node) => {
  const rank = writing.dims(node.inputs[0]!).length;
  const axis = node.int('axis', -1);
  writing.simple(node, 'softmax', { axis: storedAxis(axis, rank) });
};
