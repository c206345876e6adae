import { describe, expect, it } from 'vitest';
import type { Model } from '../../../../src/engine/onnx/graph.ts';
import { checkModel } from '../../../../src/engine/pipeline/check/check-model.ts';
import { leakySlope } from '../../../../src/engine/targets/zcu104/arithmetic.ts';
import { findVerdict } from '../../../../src/engine/targets/verdicts.ts';
import type { CheckDocument } from '../../../../src/protocol/results/board.ts';
import { efficientNet, mobileNetV2, resNet, yoloV3, yoloV5 } from '../../../support/board-networks.ts';

const check = (model: Model): CheckDocument => checkModel(model, { verdict: findVerdict('zcu104')! });

/** The networks of nine reports of AMD's Inspector for DPUCZDX8G_ISA1_B4096 that are public, with the same operators and sizes. */
const networks = {
  'ResNet-50': resNet([3, 4, 6, 3]),
  'ResNet-101': resNet([3, 4, 23, 3]),
  'ResNet-152': resNet([3, 8, 36, 3]),
  MobileNetV2: mobileNetV2(),
  'MobileNetV2 again': mobileNetV2(),
  EfficientNet: efficientNet(),
  YOLOv3: yoloV3(leakySlope),
  'YOLOv3 of slope 0.1': yoloV3(0.1),
  YOLOv5: yoloV5(leakySlope),
};

/** What the reports count over all their nodes: on the DPU, on the CPU. */
const reported: Readonly<Record<string, readonly [number, number]>> = {
  conv2d: [679, 0],
  depthwise: [50, 0],
  Relu: [370, 0],
  LeakyRelu: [151, 72],
  HardSwish: [49, 0],
  Sigmoid: [0, 16],
  GlobalAveragePool: [22, 0],
  MaxPool: [6, 0],
  Add: [188, 0],
  Mul: [16, 0],
  Concat: [17, 0],
  Resize: [6, 0],
  Gemm: [6, 0],
  Flatten: [6, 0],
  Reshape: [0, 6],
  Transpose: [0, 9],
};

describe('nine reports of the Inspector', () => {
  const documents = new Map(Object.entries(networks).map(([name, model]) => [name, { model, document: check(model) }]));

  it('have every operator where the rules have it', () => {
    const counted: Record<string, [number, number]> = {};
    for (const { model, document } of documents.values()) {
      for (const [index, node] of document.nodes.entries()) {
        const group = model.graph.nodes[index]!.int('group', 1);
        const kind = node.op === 'Conv' ? (group > 1 ? 'depthwise' : 'conv2d') : node.op;
        (counted[kind] ??= [0, 0])[node.device === 'DPU' ? 0 : 1]++;
      }
    }
    expect(counted).toEqual(reported);
  });

  it('refuse for the printed reasons', () => {
    const reasons = new Set(
      [...documents.values()].flatMap(({ document }) => document.nodes.filter(({ device }) => device === 'CPU').map(({ rule }) => rule)),
    );
    expect([...reasons].sort()).toEqual(['dpu.leaky-slope', 'dpu.reshape-order', 'dpu.sigmoid', 'dpu.transpose']);
    const leaky = documents.get('YOLOv3 of slope 0.1')!.document.nodes.find(({ op }) => op === 'LeakyRelu')!;
    expect(leaky).toMatchObject({ verdict: 'no', reason: 'the DPU has LeakyReLU with slope 26/256 only, not 0.1' });
  });

  it.each([
    ['ResNet-50', { USER: 1, DPU: 1, CPU: 1 }],
    ['MobileNetV2', { USER: 1, DPU: 1, CPU: 1 }],
    // 16 gates leave the DPU and come back; behind the last comes the rest, and the result is converted.
    ['EfficientNet', { USER: 1, DPU: 17, CPU: 17 }],
    ['YOLOv3', { USER: 1, DPU: 1, CPU: 3 }],
    ['YOLOv5', { USER: 1, DPU: 1, CPU: 3 }],
  ])('cut %s into few sub-graphs', (name, expected) => {
    expect(devices(documents.get(name)!.document)).toEqual(expected);
  });

  it('fall to pieces by one slope', () => {
    const found = devices(documents.get('YOLOv3 of slope 0.1')!.document);
    expect(found['DPU']).toBeGreaterThan(60);
    expect(found['CPU']).toBeGreaterThan(70);
  });
});

function devices({ subgraphs }: CheckDocument): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { device } of subgraphs) counts[device] = (counts[device] ?? 0) + 1;
  return counts;
}
