import type { Model, Node } from '../../../onnx/graph.ts';
import type { Shapes } from '../../../ops/infer.ts';
import { batchNormalization, batchNormalizationGradient, reduceSum } from './batch-normalization.ts';
import { conv } from './conv.ts';
import { convInputGradient } from './conv-input-gradient.ts';
import { convWeightGradient } from './conv-weight-gradient.ts';
import { elementwise, elementwiseOps } from './elementwise.ts';
import { fakeQuantize, fakeQuantizeGradient } from './fake-quantize.ts';
import { blockedDomain, Forms } from './forms.ts';
import { concat, expand, gather, pad, slice, split } from './movement.ts';
import { globalAveragePool, maxPoolGradient, pool } from './pool.ts';
import { replace } from '../lowering.ts';
import { type BlockedRule, BlockedSite } from './site.ts';

const rules: ReadonlyMap<string, BlockedRule> = new Map<string, BlockedRule>([
  ...elementwiseOps.map((op): [string, BlockedRule] => [op, elementwise]),
  ['AveragePool', pool],
  ['BatchNormalization', batchNormalization],
  ['BatchNormalizationGradient', batchNormalizationGradient],
  ['Concat', concat],
  ['Conv', conv],
  ['ConvInputGradient', convInputGradient],
  ['ConvWeightGradient', convWeightGradient],
  ['Expand', expand],
  ['FakeQuantize', fakeQuantize],
  ['FakeQuantizeGradient', fakeQuantizeGradient],
  ['Gather', gather],
  ['GlobalAveragePool', globalAveragePool],
  ['MaxPool', pool],
  ['MaxPoolGradient', maxPoolGradient],
  ['Pad', pad],
  ['ReduceSum', reduceSum],
  ['Slice', slice],
  ['Split', split],
]);

/**
 * Keeps activations in ONNX Runtime's blocked layout from the first convolution to the last and through the whole backward pass, in place. What has no rule
 * gets plain tensors, reordered where needed, and is left to `lower` with the portable lowering. `isLate`: nodes of the backward pass, for which what is cheap
 * to compute is computed again instead of being kept. Shapes must be static.
 */
export function lowerBlocked(model: Model, block: number, shapes: Shapes, isLate?: (node: Node) => boolean): void {
  const { graph } = model;
  const forms = new Forms(model, shapes, block, isLate);
  const memo = new Map<string, unknown>();
  for (const node of graph.nodes) {
    if (!graph.has(node)) continue; // taken along by a node before it
    const rule = node.domain === '' || node.domain === 'lathe.gradient' ? rules.get(node.op) : undefined;
    const site = new BlockedSite(forms, node, memo);
    if (rule?.(site)) {
      replace(model, node, site.plain);
      continue;
    }
    for (const value of graph.reads(node)) forms.plain(value, node);
  }
  for (const { name } of graph.outputs) forms.plain(name);
  model.opsets.set(blockedDomain, 1);
}
