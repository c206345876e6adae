import type { Dim, Graph, ValueInfo } from '../../onnx/graph.ts';
import type { Fix } from '../fix.ts';

export const batchOfOne: Fix = {
  id: 'batch-of-one',
  title: 'Fix the batch at 1',
  effect: 'exact',
  finds: 'Inputs whose first dimension is free.',
  does: 'It is 1 there, and wherever else that dimension is named: for one picture nothing changes.',
  source: '"DPU prefers xir::Op{…}\'s input batch to be 1" (Vitis-AI Inspector; Xilinx/Vitis-AI #257).',
  match(node, { graph }) {
    const free = graph.requiredInputs.filter((input) => isFree(shapeOf(input)?.[0]));
    if (!free.some(({ name }) => node.inputs.includes(name))) return undefined;
    return {
      nodes: [node.label],
      message: `the batch of ${free.map(({ name }) => name).join(', ')} is 1`,
      apply() {
        const names = new Set(free.map((input) => shapeOf(input)![0]).filter((dim) => typeof dim === 'string' && dim !== ''));
        const first = new Set(free.map(({ name }) => name));
        graph.inputs = graph.inputs.map((info) => bound(info, (dim, axis) => (axis === 0 && first.has(info.name)) || names.has(dim)));
        graph.outputs = graph.outputs.map((info) => bound(info, (dim) => names.has(dim)));
        for (const [name, info] of graph.valueInfo)
          graph.valueInfo.set(
            name,
            bound(info, (dim) => names.has(dim)),
          );
        return undefined;
      },
    };
  },
};

const isFree = (dim: Dim | undefined): boolean => dim !== undefined && (typeof dim !== 'number' || dim < 0);

const shapeOf = ({ type }: ValueInfo): readonly Dim[] | undefined => (type?.kind === 'tensor' ? type.shape : undefined);

function bound(info: ValueInfo, isOne: (dim: Dim, axis: number) => boolean): Graph['inputs'][number] {
  const { name, type } = info;
  const shape = shapeOf(info);
  if (type?.kind !== 'tensor' || !shape?.some((dim, axis) => isFree(dim) && isOne(dim, axis))) return info;
  return { name, type: { ...type, shape: shape.map((dim, axis) => (isFree(dim) && isOne(dim, axis) ? 1 : dim)) } };
}
