import { beforeAll, describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { floatAttribute, type Model } from '../../../src/engine/onnx/graph.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { checkModel } from '../../../src/engine/pipeline/check/check-model.ts';
import { fitModel, type FitResult } from '../../../src/engine/pipeline/check/fit-model.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { findVerdict } from '../../../src/engine/targets/verdicts.ts';
import { DataFlow } from '../../../src/engine/targets/verdict/data-flow.ts';
import { b4096 } from '../../../src/engine/targets/zcu104/verdict/architecture.ts';
import { FitWriter } from '../../support/fit-cases.ts';
import { zoo } from '../../support/zoo.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const context = plainContext();
const verdict = findVerdict('zcu104')!;

/** Labels of nodes that the DPU leaves to the CPU. */
function refused(model: Model): string[] {
  const judged = verdict.judge({ flow: new DataFlow(inferShapes(model).forOnePicture(model)) });
  return [...judged.values()].filter(({ device }) => device !== verdict.accelerator).map(({ node, reason }) => `${node.label}: ${reason}`);
}

/** Sub-graphs that the DPU gets. */
const parts = (model: Model): number => checkModel(model, { verdict }).subgraphs.filter(({ device }) => device === verdict.accelerator).length; // prettier-ignore

const fit = (model: Model, ...ids: string[]): Promise<FitResult> =>
  fitModel(
    {
      model,
      board: b4096,
      ids,
      seed: 1,
      refusals(of) {
        const judged = verdict.judge({ flow: new DataFlow(inferShapes(of).forOnePicture(of)) });
        return (node) => {
          const found = judged.get(node);
          return found !== undefined && found.device !== verdict.accelerator;
        };
      },
    },
    runtime,
    context,
  );

describe('networks with what boards refuse', () => {
  const mobile = (w: FitWriter): Model => {
    const scaled = w.op('Div', [w.op('Sub', ['x', w.floats([1, 3, 1, 1])]), w.floats([1, 3, 1, 1], () => 0.23)]);
    let x = w.norm(w.conv(scaled, 3, 16), 16);
    for (let block = 0; block < 3; block++) {
      const silu = (value: string): string => w.op('Mul', [value, w.op('Sigmoid', [value])]);
      const wide = silu(w.norm(w.conv(x, 16, 32, { kernel: 1 }), 32));
      const deep = silu(w.norm(w.conv(wide, 32, 32, { group: 32 }), 32));
      const pooled = w.op('ReduceMean', [deep], { axes: [2, 3], keepdims: 1 });
      const gate = w.op('Sigmoid', [w.conv(silu(w.conv(pooled, 32, 8, { kernel: 1 })), 8, 32, { kernel: 1 })]);
      x = w.op('Add', [x, w.norm(w.conv(w.op('Mul', [deep, gate]), 32, 16, { kernel: 1 }), 16)]);
    }
    const flat = w.op('Reshape', [w.op('ReduceMean', [x], { axes: [2, 3], keepdims: 1 }), w.ints(-1, 16)]);
    return w.model({ x: ['N', 3, 16, 16] }, [w.op('Softmax', [w.op('Gemm', [flat, w.floats([16, 10]), w.floats([10])])])]);
  };

  const yolo = (w: FitWriter): Model => {
    const leaky = (value: string): string => w.op('LeakyRelu', [value], { alpha: floatAttribute(Math.fround(0.1)) });
    let x = leaky(w.norm(w.conv('x', 3, 16), 16));
    for (let i = 0; i < 3; i++) x = w.op('Add', [x, leaky(w.norm(w.conv(leaky(w.norm(w.conv(x, 16, 8, { kernel: 1 }), 8)), 8, 16), 16))]);
    const head = w.conv(x, 16, 3 * 9, { kernel: 1 });
    const five = w.op('Transpose', [w.op('Reshape', [head, w.ints(1, 3, 9, 12, 12)])], { perm: [0, 1, 3, 4, 2] });
    return w.model({ x: [1, 3, 12, 12] }, [w.op('Mul', [w.op('Sigmoid', [five]), w.floats([9])])]);
  };

  it('leaves the DPU one part of an EfficientNet', async () => {
    const model = mobile(new FitWriter(1));
    expect(refused(model).length).toBeGreaterThan(10);
    expect(parts(model)).toBeGreaterThan(5);
    const exact = await fit(model, 'exact');
    expect(exact.proof.equal).toBe(true);
    const all = await fit(model, 'all', 'cut-start', 'cut-end');
    expect(refused(all.model)).toEqual([]);
    expect(parts(all.model)).toBe(1);
    expect(all.post!.graph.nodes.map(({ op }) => op)).toEqual(['Softmax']);
    expect(all.applied.filter(({ id }) => id === 'swish-to-hard-swish')).toHaveLength(9);
    expect(all.proof).toMatchObject({ equal: false, pictures: 2 });
  });

  it('leaves the DPU one part of a YOLO, with its slope set or exactly', async () => {
    const model = yolo(new FitWriter(2));
    expect(parts(model)).toBeGreaterThan(5);
    const exact = await fit(model, 'exact', 'cut-end');
    expect(parts(exact.model)).toBe(1);
    expect(exact.proof.equal).toBe(true);
    expect(refused(exact.model)).toEqual([]);
    expect(exact.post!.graph.nodes.map(({ op }) => op)).toEqual(['Reshape', 'Transpose', 'Sigmoid', 'Mul']);
    const changed = await fit(model, 'leaky-relu-slope');
    expect(changed.applied).toHaveLength(7);
    expect(changed.applied[0]).toMatchObject({ effect: 'changed', bound: { times: 'largest negative input' } });
    expect(changed.applied[0]!.bound!.value).toBeCloseTo(26 / 256 - 0.1, 6);
    expect(changed.proof.equal).toBe(false);
  });
});

describe('real models', () => {
  // Heads and what needs other pictures than it gets: refused after all exact fixes and both cuts.
  it.each([
    ['models/cifar10-resnet/resnet20_cifar10_bn.onnx', 0],
    ['models/cifar10-resnet8/resnet8_cifar10.onnx', 0],
    ['models/face-yunet/yunet_n_320_320.onnx', 0],
    ['models/imagenet-mobilenetv1-025/mobilenetv1_0.25_224_imagenet.onnx', 0],
    ['models/cifar10-vgg-mobilenet/mbv2_050_cifar10_bn.onnx', 0],
    ['models/mnist/mnist-8.onnx', 0],
    // Two LRN.
    ['graphs/light_zfnet512.onnx', 2],
  ] as const)(
    '%s computes the same, and runs on the DPU but for %i layers',
    async (file, left) => {
      if (zoo === undefined) return;
      const { proof, model } = await fit(await readModel(`${zoo}/${file}`), 'exact', 'cut-start', 'cut-end');
      expect(proof.equal).toBe(true);
      expect(refused(model)).toHaveLength(left);
    },
    120_000,
  );
});
