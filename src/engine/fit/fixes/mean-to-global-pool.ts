import type { Node } from '../../onnx/graph.ts';
import { constantIntegers } from '../../simplify/edit.ts';
import { emit, integers, replaceNode, scalar } from '../build.ts';
import { isFloat32, isOp, mapOf, type Fix, type FitScope } from '../fix.ts';

export const meanToGlobalPool: Fix = {
  id: 'mean-to-global-pool',
  title: 'Write it as a global pool',
  effect: 'exact',
  finds: 'ReduceMean, ReduceSum or ReduceMax over exactly height and width of a feature map, and GlobalMaxPool.',
  does: 'GlobalAveragePool (times height · width for a sum), or MaxPool over the whole map.',
  source: 'vai_q_onnx 3.5, ConvertReduceMeanToGlobalAvgPool; ALU types avg_pool, max_pool of DPUCZDX8G_ISA1_B4096.prototxt.',
  match(node, scope) {
    const { graph } = scope;
    const [value = '', output = ''] = [node.inputs[0], node.outputs[0]];
    const map = mapOf(scope, value);
    if (!map || !isFloat32(scope, value) || !isOp(node, 'ReduceMean', 'ReduceSum', 'ReduceMax', 'GlobalMaxPool')) return undefined;
    if (node.op !== 'GlobalMaxPool' && !overHeightAndWidth(node, scope)) return undefined;
    const keeps = node.op === 'GlobalMaxPool' || node.int('keepdims', 1) !== 0;
    const largest = node.op === 'ReduceMax' || node.op === 'GlobalMaxPool';
    return {
      nodes: [node.label],
      message: `${node.op} over ${map.height}×${map.width} becomes ${largest ? 'MaxPool' : 'GlobalAveragePool'}`,
      apply() {
        const { label } = node;
        const count = map.height * map.width;
        const steps: [op: string, more: string[], attributes: Parameters<typeof emit>[4]][] = [
          largest ? ['MaxPool', [], { kernel_shape: [map.height, map.width] }] : ['GlobalAveragePool', [], {}],
        ];
        if (node.op === 'ReduceSum' && count !== 1) steps.push(['Mul', [scalar(graph, `${label}/count`, count)], {}]);
        if (!keeps) steps.push(['Reshape', [integers(graph, `${label}/shape`, [0, map.channels])], {}]);
        let from = value;
        steps.forEach(([op, more, values], i) => {
          if (i === steps.length - 1) replaceNode(graph, node, op, [from, ...more], values);
          else from = emit(graph, `${label}/pool`, op, [from, ...more], values);
        });
        graph.valueInfo.delete(output);
        return undefined;
      },
    };
  },
};

function overHeightAndWidth(node: Node, { graph }: FitScope): boolean {
  const axes = node.ints('axes') ?? (node.inputs[1] ? constantIntegers(graph, node.inputs[1]) : undefined);
  return axes?.map((axis) => (axis < 0 ? axis + 4 : axis)).sort((a, b) => a - b).join() === '2,3'; // prettier-ignore
}
