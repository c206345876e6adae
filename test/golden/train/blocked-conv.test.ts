import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { probeBlock } from '../../../src/engine/train/lower/blocked/probe.ts';
import { portable } from '../../../src/engine/train/lower/portable/index.ts';
import { flatten, parametersOf } from '../../../src/engine/train/parameters.ts';
import { stepGraph } from '../../../src/engine/train/step-graph.ts';
import { NetworkWriter } from '../../support/trained-networks.ts';

let runtime: Runtime;
let block: number | undefined;
beforeAll(async () => {
  runtime = await createOrtRuntime();
  block = await probeBlock(runtime);
});

interface Convolution {
  readonly batch: number;
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly depthwise: boolean;
}

/** A first convolution of three channels, then the one in question, then a classifier. */
function network({ size, from, to, kernel, strides, pads, dilations, depthwise }: Convolution): Model {
  const net = new NetworkWriter(3);
  const x = net.op('Tanh', [net.conv('x', 3, from, 3, { bias: true })]);
  const group = depthwise ? from : 1;
  const out = depthwise ? from : to;
  const weight = net.weight([out, from / group, ...kernel], 1 / Math.sqrt((from / group) * kernel[0] * kernel[1]));
  const y = net.op('Conv', [x, weight, net.weight([out], 0.1)], { kernel_shape: kernel, strides, pads, dilations, group });
  const mean = net.op('Flatten', [net.op('GlobalAveragePool', [net.op('Tanh', [y])])]);
  return net.build(net.op('Gemm', [mean, net.weight([3, out], 0.5)], { transB: 1 }), 3, size);
}

async function gradients(model: Model, { batch, size }: Convolution, blocks: number | undefined): Promise<Float32Array> {
  const parameters = parametersOf(model);
  const losses = [{ loss: crossEntropy(), weight: 1 }];
  const step = stepGraph(model, { batch, parameters, losses, lowering: portable, batchNormalization: 'training', ...(blocks ? { block: blocks } : {}) });
  const session = await runtime.load(encodeModel(step.model), { optimize: 'basic', threads: 1, unplannedMemory: true });
  try {
    const random = seededRandom(5, 'batch');
    const data = Float32Array.from({ length: batch * 3 * size * size }, () => random.normal());
    const labels = Float32Array.from({ length: batch * 3 }, (_, i) => (i % 4 === 0 ? 1 : 0));
    const weights = flatten(model.graph, parameters);
    const results = await session.run({
      x: { type: DataType.float32, dims: [batch, 3, size, size], data },
      labels: { type: DataType.float32, dims: [batch, 3], data: labels },
      parameters: { type: DataType.float32, dims: [weights.length], data: weights },
    });
    return Float32Array.from(results[step.names.gradients]!.data as Float32Array);
  } finally {
    await session.dispose();
  }
} // prettier-ignore

const one = [1, 1] as const;
const around = (pad: number) => [pad, pad, pad, pad] as const;
const plain = {
  batch: 16,
  size: 12,
  from: 16,
  to: 16,
  kernel: [3, 3],
  strides: one,
  pads: around(1),
  dilations: one,
  depthwise: false,
} as const;

const named: Record<string, Convolution> = {
  'a batch of half a block': { ...plain, batch: 8 },
  'a batch of no multiple of anything': { ...plain, batch: 5 },
  'few rows in strips, at stride 2': { ...plain, batch: 4, size: 7, strides: [2, 2] },
  'stride 2 on an odd size': { ...plain, size: 13, strides: [2, 2] },
  'stride 2, padded behind only': { ...plain, strides: [2, 2], pads: [0, 0, 1, 1] },
  'stride 2, one place': { ...plain, kernel: [1, 1], strides: [2, 2], pads: around(0) },
  'stride 2, one place, odd size': { ...plain, size: 11, kernel: [1, 1], strides: [2, 2], pads: around(0) },
  'patches: stride as wide as the kernel': { ...plain, kernel: [4, 4], strides: [4, 4], pads: around(0) },
  'kernel smaller than the stride': { ...plain, kernel: [2, 2], strides: [3, 3], pads: around(0) },
  'stride 3, kernel 5, rows that nobody reaches': { ...plain, size: 15, kernel: [5, 5], strides: [3, 3], pads: around(0) },
  'strides and kernel differ by axis': { ...plain, kernel: [1, 3], strides: [1, 2], pads: [0, 1, 0, 1] },
  'kernel 7, stride 2': { ...plain, kernel: [7, 7], strides: [2, 2], pads: around(3) },
  dilated: { ...plain, dilations: [2, 2], pads: around(2) },
  'more padding than kernel': { ...plain, pads: around(4) },
  'odd widths': { ...plain, from: 13, to: 22 },
  'odd widths, stride 2, half a block': { ...plain, batch: 8, from: 20, to: 9, strides: [2, 2] },
  depthwise: { ...plain, from: 24, depthwise: true },
  'depthwise, stride 2': { ...plain, from: 24, depthwise: true, strides: [2, 2] },
  'depthwise, stride 2, odd size and batch': { ...plain, batch: 3, size: 13, from: 20, depthwise: true, strides: [2, 2] },
  'four places': { ...plain, batch: 32, size: 2 },
  'four places, odd widths, stride 2': { ...plain, batch: 32, size: 4, from: 13, to: 22, strides: [2, 2] },
  'depthwise, small pictures': { ...plain, size: 8, from: 24, depthwise: true },
  'depthwise, small pictures, stride 2, padded behind': {
    ...plain,
    size: 6,
    from: 20,
    depthwise: true,
    strides: [2, 2],
    pads: [0, 0, 1, 1],
  },
  'depthwise, kernel 5, stride 2': { ...plain, from: 16, depthwise: true, kernel: [5, 5], strides: [2, 2], pads: [1, 1, 2, 2] },
};

describe('gradients of a convolution in blocked layout', () => {
  for (const [name, convolution] of Object.entries(named)) {
    it(`are those of standard operators: ${name}`, async (context) => {
      if (block === undefined) return context.skip('ONNX Runtime has no blocked operators on this machine');
      const model = network(convolution);
      const [expected, found] = [await gradients(model, convolution, undefined), await gradients(model, convolution, block)];
      const distance = Math.hypot(...expected.map((value, i) => value - found[i]!)) / Math.hypot(...expected);
      expect(distance).toBeLessThan(2e-5);
    });
  }
});
