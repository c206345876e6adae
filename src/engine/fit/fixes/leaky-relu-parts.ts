import { Tensor } from '../../onnx/tensor.ts';
import { leakySlope } from '../../targets/zcu104/arithmetic.ts';
import { emit, replaceNode, scalar, store } from '../build.ts';
import { sizesOf, type Fix } from '../fix.ts';
import { fusesWithConvolution, slopesOf } from '../slope.ts';

/** Three passes instead of none: for networks that cannot be trained again. */
export const leakyReluParts: Fix = {
  id: 'leaky-relu-parts',
  title: 'Add up ReLU and a scaled copy',
  effect: 'exact',
  finds: 'LeakyRelu and PRelu with constant slopes that the DPU does not have, or behind a depthwise convolution.',
  does: 'Slope a: a x + (1 - a) ReLU(x), all on the accelerator, in three passes more.',
  source:
    'Eltwise engine: add, mult (DPUCZDX8G_ISA1_B4096.prototxt); LeakyReLU behind depthwise runs on the CPU (Xilinx/Vitis-AI #1161, #911).',
  match(node, scope) {
    const { graph } = scope;
    const found = slopesOf(node, scope);
    const rank = sizesOf(scope, node.outputs[0])?.length;
    if (!found || rank !== 4 || !found.slopes.every((slope) => Number.isFinite(slope) && slope !== 0)) return undefined;
    if (found.single && found.slopes[0] === leakySlope && fusesWithConvolution(node, scope)) return undefined;
    const { value, slopes, single } = found;
    return {
      nodes: [node.label],
      message: `slope${single ? ` ${Number(slopes[0]!.toPrecision(6))}` : 's by channel'} in parts: a x + (1 - a) ReLU(x)`,
      apply() {
        const { label } = node;
        const numbers = (name: string, of: (slope: number) => number): string =>
          single ? scalar(graph, name, of(slopes[0]!)) : store(graph, name, Tensor.float32([1, slopes.length, 1, 1], slopes.map(of)));
        const small = emit(graph, `${label}/slope`, 'Mul', [value, numbers(`${label}/slope/factor`, (slope) => slope)]);
        const positive = emit(graph, `${label}/relu`, 'Relu', [value]);
        const rest = emit(graph, `${label}/rest`, 'Mul', [positive, numbers(`${label}/rest/factor`, (slope) => 1 - slope)]);
        replaceNode(graph, node, 'Add', [small, rest]);
        return undefined;
      },
    };
  },
};
