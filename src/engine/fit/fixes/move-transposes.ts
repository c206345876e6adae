import { attributes, Node, type Graph } from '../../onnx/graph.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { rebuilt, store } from '../build.ts';
import { isFloat32, isOp, sizesOf, type Fix, type FitScope } from '../fix.ts';
import { inverse, isIndifferent, isUndoneBehind, transposeOf } from '../transposes.ts';

export const moveTransposes: Fix = {
  id: 'move-transposes',
  title: 'Move the transposes together',
  effect: 'exact',
  finds: 'Elementwise nodes and Concats between a Transpose and the one that undoes it, all of whose operands are transposed alike.',
  does: 'The node computes on the values before the Transpose, which moves behind it, where `cancel-transposes` finds the pair.',
  source:
    '"type = transpose … assigned to CPU" (Vitis-AI Inspector); every CPU node between two blocks makes a sub-graph (Xilinx/Vitis-AI #593, #336).',
  match(node, scope) {
    const { graph } = scope;
    if (!isIndifferent(graph, node) || !isFloat32(scope, node.outputs[0])) return undefined;
    const rank = sizesOf(scope, node.outputs[0])?.length;
    const operands = node.inputs.map((input) => transposeOf(graph, input, node));
    const perm = operands.find((operand) => operand)?.perm;
    if (!perm || perm.length !== rank) return undefined;
    const fits = node.inputs.every((input, i) =>
      operands[i] ? operands[i].perm.join() === perm.join() : input === '' || isSmall(graph, input, rank),
    );
    if (!fits || (isOp(node, 'Concat') && operands.some((operand) => !operand)) || !isUndoneBehind(graph, node, perm)) return undefined;
    return {
      nodes: [node.label, ...new Set(operands.flatMap((operand) => (operand ? [operand.node.label] : [])))],
      message: `its Transpose of axes ${perm.join(', ')} moves behind it`,
      apply() {
        const inputs = node.inputs.map((_, i) => operands[i]?.node.inputs[0] ?? turned(node, i, perm, scope));
        const [result] = node.outputs as [string];
        const before = graph.uniqueName(`${node.label}/before`);
        graph.remove(node);
        for (const operand of operands) if (operand && graph.has(operand.node)) graph.remove(operand.node);
        graph.add(rebuilt(node, inputs, [before], node.name, isOp(node, 'Concat') ? { axis: perm[axisOf(node, rank)]! } : {}));
        graph.add(new Node(graph.uniqueName(`${node.label}/transpose`), 'Transpose', [before], [result], attributes({ perm })));
        return undefined;
      },
    };
  },
};

const axisOf = (node: Node, rank: number): number => (node.int('axis', 0) + rank) % rank;

/** A constant that can be turned as well. */
const isSmall = (graph: Graph, value: string, rank: number): boolean => {
  const tensor = graph.constant(value);
  return tensor !== undefined && tensor.isLoaded && (tensor.size === 1 || (tensor.dims.length <= rank && tensor.type === 1));
};

/** A constant operand as it is before the Transpose; single numbers stay. */
function turned(node: Node, index: number, perm: readonly number[], { graph }: FitScope): string {
  const value = node.inputs[index]!;
  const tensor = value === '' ? undefined : graph.constant(value);
  if (!tensor || (tensor.size === 1 && tensor.dims.length <= 1)) return value;
  const dims = [...Array<number>(perm.length - tensor.dims.length).fill(1), ...tensor.dims];
  const back = inverse(perm);
  const to = back.map((axis) => dims[axis]!);
  const from = tensor.toFloat64();
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((a, b) => a * b, 1));
  const values = new Float32Array(from.length);
  for (let i = 0; i < values.length; i++) {
    let rest = i;
    let at = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      at += (rest % to[axis]!) * strides[back[axis]!]!;
      rest = Math.floor(rest / to[axis]!);
    }
    values[i] = from[at]!;
  }
  return store(graph, `${node.label}/constant`, Tensor.float32(to, values));
}
