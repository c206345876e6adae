import { Tensor } from '../../onnx/tensor.ts';
import { leakySlope } from '../../targets/zcu104/arithmetic.ts';
import { emit, replaceNode, scalar, store } from '../build.ts';
import { scaled } from '../depthwise.ts';
import { mapOf, type Fix } from '../fix.ts';
import { fusesWithConvolution, slopesOf } from '../slope.ts';

/** Three passes instead of none: for networks that cannot be trained again. */
export const leakyReluParts: Fix = {
  id: 'leaky-relu-parts',
  title: 'Add up ReLU and a scaled copy',
  effect: 'exact',
  finds: 'LeakyRelu and PRelu with constant slopes that the DPU does not have, or behind a depthwise convolution.',
  does: 'Slope a: a x + ReLU((1 - a) x), a product, a depthwise convolution with its ReLU, and a sum, all on the accelerator.',
  source:
    'Eltwise engine: add, mult (DPUCZDX8G_ISA1_B4096.prototxt); LeakyReLU behind depthwise runs on the CPU (Xilinx/Vitis-AI #1161, #911).',
  match(node, scope) {
    const { graph } = scope;
    const found = slopesOf(node, scope);
    const channels = mapOf(scope, node.outputs[0])?.channels;
    if (!found || !channels || channels > scope.board.channels) return undefined;
    if (!found.slopes.every((slope) => Number.isFinite(slope) && slope !== 0)) return undefined;
    if (found.single && found.slopes[0] === leakySlope && fusesWithConvolution(node, scope)) return undefined;
    const { value, slopes, single } = found;
    return {
      nodes: [node.label],
      message: `slope${single ? ` ${Number(slopes[0]!.toPrecision(6))}` : 's by channel'} in parts: a x + ReLU((1 - a) x)`,
      apply() {
        const { label } = node;
        const factors = single ? scalar(graph, `${label}/factor`, slopes[0]!) : store(graph, `${label}/factor`, Tensor.float32([1, channels, 1, 1], slopes)); // prettier-ignore
        const small = emit(graph, `${label}/slope`, 'Mul', [value, factors]);
        // ReLU((1 - a) x) is (1 - a) ReLU(x) as long as 1 - a is positive; else the sign is left to a factor behind.
        const rests = Float64Array.from({ length: channels }, (_, i) => 1 - slopes[single ? 0 : i]!);
        const signs = rests.map((rest) => (rest < 0 ? -1 : 1));
        const positive = emit(graph, `${label}/relu`, 'Relu', [scaled(graph, `${label}/rest`, value, rests.map(Math.abs))]);
        const signed = signs.every((sign) => sign === 1)
          ? positive
          : emit(graph, `${label}/sign`, 'Mul', [positive, store(graph, `${label}/signs`, Tensor.float32([1, channels, 1, 1], signs))]);
        replaceNode(graph, node, 'Add', [small, signed]);
        return undefined;
      },
    };
  },
};
