import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { architectures } from '../../../src/engine/architectures/index.ts';
import { newModel, outlineOf } from '../../../src/engine/architectures/make.ts';
import type { NewModelSettings } from '../../../src/engine/architectures/settings.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { checkModel } from '../../../src/engine/onnx/check.ts';
import { modelCost } from '../../../src/engine/ops/cost.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';

const { signal } = new AbortController();
const make = async (settings: NewModelSettings, seed = 0) => (await newModel(settings, { seed, signal })).model;

/** Parameters without batch-norm statistics, and multiply-adds, of a model without weights. */
function sizeOf(settings: NewModelSettings): [parameters: number, macs: number | null] {
  const { model } = outlineOf(settings);
  const { parameters, macs } = modelCost(model, inferShapes(model));
  const statistics = [...model.graph.initializers].filter(([name]) => name.includes('.running_'));
  return [parameters - statistics.reduce((sum, [, { size }]) => sum + size, 0), macs];
}

describe('published sizes', () => {
  /*
   * torchvision 0.2x: `num_params` and `_ops` (GFLOPS, multiply-adds of convolutions and products) of the weights' meta data, in
   * torchvision/models/{resnet,vgg,mobilenetv2,mobilenetv3,squeezenet}.py (the BN variants of VGG).
   */
  it.each<[string, number, number]>([
    ['resnet18', 11_689_512, 1.814],
    ['resnet34', 21_797_672, 3.664],
    ['resnet50', 25_557_032, 4.089],
    ['vgg11', 132_868_840, 7.609],
    ['vgg16', 138_365_992, 15.47],
    ['mobilenetv2', 3_504_872, 0.301],
    ['mobilenetv3-small', 2_542_856, 0.057],
    ['squeezenet1.1', 1_235_496, 0.349],
  ])('%s is that of torchvision', (name, parameters, giga) => {
    const [own, macs] = sizeOf({ new: name });
    expect(own).toBe(parameters);
    expect(Math.round(macs! / 1e6) / 1e3).toBe(giga);
  });

  /*
   * MobileNetV1: 569 M multiply-adds in table 4 of arXiv:1704.04861, widths 0.5 and 0.25 in table 6 (149 and 41 M); parameters by
   * Keras (keras.applications.MobileNet, trainable ones). EfficientNet-lite0: 4.7 M parameters and 407 M operations in the README of
   * tensorflow/tpu's lite folder, which count batch normalization and activations too; the exact count is that of timm's efficientnet_lite0.
   * CIFAR ResNets: 0.27, 0.46 and 0.85 M in table 6 of arXiv:1512.03385; exact counts and MACs (40.81, 69.12, 125.75 M) of
   * github.com/chenyaofo/pytorch-cifar-models, which has the same shortcuts. YuNet: 75,856 parameters in the README of
   * github.com/ShiqiYu/libfacedetection.train; multiply-adds counted in its onnx/yunet_n_320_320.onnx.
   */
  it.each<[NewModelSettings, number, number, number]>([
    [{ new: 'mobilenetv1' }, 4_231_976, 569, 0.01],
    [{ new: 'mobilenetv1', width: 0.5 }, 1_331_592, 149, 0.02],
    [{ new: 'mobilenetv1', width: 0.25 }, 470_072, 41, 0.02],
    [{ new: 'yunet' }, 75_856, 135.5984, 1e-9],
    [{ new: 'efficientnet-lite0' }, 4_652_008, 407, 0.06],
    [{ new: 'resnet20' }, 272_474, 40.81, 0.001],
    [{ new: 'resnet32' }, 466_906, 69.12, 0.001],
    [{ new: 'resnet56' }, 855_770, 125.75, 0.001],
    // torchvision's with `width_mult` and ten classes; with 0.5 the paper's authors give 1.95 M and 97 M (tensorflow/models, mobilenet).
    [{ new: 'mobilenetv2', width: 0.5 }, 1_968_680, 97.1, 0.01],
    [{ new: 'mobilenetv2', classes: 10 }, 2_236_682, 299.5, 0.001],
    [{ new: 'resnet18', classes: 10 }, 11_181_642, 1813.6, 0.001],
  ])('%o', (settings, parameters, mega, tolerance) => {
    const [own, macs] = sizeOf(settings);
    expect(own).toBe(parameters);
    expect(Math.abs(macs! / 1e6 / mega - 1)).toBeLessThan(tolerance);
  });
});

describe('any input, classes, width and stride', () => {
  const small = architectures
    .filter(({ name }) => name !== 'yunet')
    .map(({ name, strides }) => ({ name, stride: strides.includes(4) ? 4 : strides[0]! }));

  it.each(small)('$name runs in ONNX Runtime as its shapes say', async ({ name, stride }) => {
    const model = await make({ new: name, classes: 3, input: [2, 21, 26], width: 0.125, stride });
    checkModel(model);
    const session = await (await createOrtRuntime()).load(encodeModel(model), { optimize: 'all', threads: 1 });
    const input = Float32Array.from({ length: 2 * 2 * 21 * 26 }, (_, i) => Math.sin(i));
    const { output } = await session.run({ input: { type: DataType.float32, dims: [2, 2, 21, 26], data: input } });
    await session.dispose();
    const declared = model.graph.outputs[0]!.type;
    expect(output!.dims).toEqual(name === 'unet' ? [2, 3, 21, 26] : [2, 3]);
    expect(declared?.kind === 'tensor' && declared.shape).toEqual(['N', ...output!.dims.slice(1)]);
    expect((output!.data as Float32Array).every(Number.isFinite)).toBe(true);
    // In evaluation, with statistics that no picture has been seen for, it may be small.
    const spread = Math.max(...(output!.data as Float32Array)) - Math.min(...(output!.data as Float32Array));
    expect(spread).toBeGreaterThan(0);
    expect(spread).toBeLessThan(1e3);
  });

  it.each<[number, number[], number[]]>([
    [8, [24, 32], [12]],
    [16, [48, 80], [60, 15]],
    [32, [64, 32], [32, 8, 2]],
  ])('yunet with a stride of %i answers for every place of its grids', async (stride, size, places) => {
    const model = await make({ new: 'yunet', classes: 2, landmarks: 3, input: [3, size[0]!, size[1]!], width: 0.25, stride });
    checkModel(model);
    const session = await (await createOrtRuntime()).load(encodeModel(model), { optimize: 'all', threads: 1 });
    const input = Float32Array.from({ length: 2 * 3 * size[0]! * size[1]! }, (_, i) => Math.sin(i));
    const outputs = await session.run({ input: { type: DataType.float32, dims: [2, 3, ...size], data: input } });
    await session.dispose();
    const fields = { cls: 2, obj: 1, bbox: 4, kps: 6 };
    const expected = Object.entries(fields).flatMap(([kind, each]) => places.map((count, level) => [`${kind}_${8 * 2 ** level}`, [2, count, each]] as const)); // prettier-ignore
    expect(Object.entries(outputs).map(([name, { dims }]) => [name, dims])).toEqual(
      expect.arrayContaining(expected.map((pair) => [...pair])),
    );
    expect(model.graph.outputs.map(({ name }) => name)).toEqual(expected.map(([name]) => name));
    // Untrained it finds nothing: the prior of 0.01, moved a little by weights of 0.01.
    for (const name of ['cls_8', 'obj_8']) for (const chance of outputs[name]!.data as Float32Array) expect(chance).toBeCloseTo(0.01, 2);
  });

  it('keeps names and weights at another stride', () => {
    const names = (stride: number): string[] => [...outlineOf({ new: 'mobilenetv2', stride }).model.graph.initializers.keys()];
    expect(names(8)).toEqual(names(32));
    expect(sizeOf({ new: 'resnet50', stride: 8 })[0]).toBe(25_557_032);
  });

  it('has the classifier of CIFAR where VGG is left with little', () => {
    // 14,728,266: github.com/kuangliu/pytorch-cifar, VGG16 with ten classes.
    expect(sizeOf({ new: 'vgg16', classes: 10, input: [3, 32, 32] })[0]).toBe(14_728_266);
    expect(sizeOf({ new: 'vgg16', input: [3, 320, 256] })[0]).toBe(138_365_992);
  });

  it('adds to its input as a restoration net, and makes maps as another', () => {
    const last = (classes?: number): string | undefined => outlineOf({ new: 'unet', input: [1, 48, 48], ...(classes ? { classes } : {}) }).model.graph.nodes.at(-1)?.op;
    expect([last(), last(1), last(5)]).toEqual(['Add', 'Add', 'Conv']);
  }); // prettier-ignore

  it('warns of a picture that is halved to nothing', () => {
    expect(outlineOf({ new: 'resnet18', input: [3, 32, 32] }).warnings[0]).toContain('--stride 8');
    expect(outlineOf({ new: 'resnet18', input: [3, 32, 32], stride: 8 }).warnings).toEqual([]);
    for (const { name } of architectures) expect(outlineOf({ new: name }).warnings).toEqual([]);
  });

  it.each<[string, NewModelSettings]>([
    ['architecture.name', { new: 'resnet19' }],
    ['architecture.stride', { new: 'resnet20', stride: 3 }],
    ['architecture.input', { new: 'squeezenet1.1', input: [3, 8, 8] }],
    ['architecture.input', { new: 'resnet18', input: [4096, 65536, 65536] }],
    ['architecture.input', { new: 'yunet', input: [3, 63, 63] }],
    ['architecture.landmarks', { new: 'resnet18', landmarks: 5 }],
    ['architecture.size', { new: 'vgg16', width: 9 }],
  ])('%s for %o', (code, settings) => {
    expect(() => outlineOf(settings)).toThrow(expect.objectContaining({ code }));
  });
});

describe('names', () => {
  it.each([
    ['resnet18', ['/conv1/Conv', '/layer2/layer2.0/downsample/downsample.0/Conv', '/layer1/layer1.0/relu_1/Relu', '/fc/Gemm'], ['layer2.0.downsample.1.running_var', 'fc.bias']],
    ['mobilenetv2', ['/features/features.0/features.0.0/Conv', '/features/features.3/Add'], ['features.1.conv.0.0.weight', 'classifier.1.weight']],
    ['mobilenetv3-small', ['/features/features.4/block/block.2/fc1/Conv', '/classifier/classifier.1/HardSwish'], ['features.1.block.1.fc2.bias', 'features.12.1.weight']],
    ['vgg16', ['/features/features.42/Relu'], ['features.40.weight', 'classifier.6.bias']],
    ['yunet', ['/backbone/model0/conv2/conv1/Conv', '/neck/lateral_convs/lateral_convs.2/conv2/Conv', '/neck/Resize'], ['bbox_head.multi_level_share_convs.1.0.bn.running_var', 'bbox_head.multi_level_kps.2.conv2.bias']],
    ['squeezenet1.1', ['/features/features.12/Concat'], ['features.12.expand3x3.weight', 'classifier.1.weight']],
  ])("%s has its authors'", (name, nodes, weights) => {
    const { graph } = outlineOf({ new: name }).model;
    expect(graph.nodes.map((node) => node.name)).toEqual(expect.arrayContaining(nodes));
    for (const weight of weights) expect(graph.initializers.has(weight), weight).toBe(true);
  }); // prettier-ignore
});

describe('first weights', () => {
  const spreadOf = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

  it('are those of torchvision: normal by what a convolution feeds, uniform in the classifier', async () => {
    const { initializers } = (await make({ new: 'resnet20', classes: 100, width: 2 })).graph;
    const weight = (name: string): Float64Array => initializers.get(name)!.toFloat64();
    expect(spreadOf(weight('layer3.0.conv2.weight'))).toBeCloseTo(Math.sqrt(2 / (128 * 9)), 3);
    expect(spreadOf(weight('conv1.weight'))).toBeCloseTo(Math.sqrt(2 / (32 * 9)), 2);
    const bound = 1 / Math.sqrt(128);
    expect(Math.max(...weight('fc.weight').map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(spreadOf(weight('fc.weight'))).toBeCloseTo(bound / Math.sqrt(3), 3);
    expect([...weight('bn1.weight')]).toEqual(Array(32).fill(1));
  });

  it('follow from the seed, and from nothing else', async () => {
    const bytes = async (seed: number, settings: Partial<NewModelSettings> = {}): Promise<Buffer> =>
      Buffer.from(encodeModel(await make({ new: 'resnet20', width: 0.5, ...settings }, seed)));
    const first = await bytes(0);
    expect((await bytes(0)).equals(first)).toBe(true);
    expect((await bytes(1)).equals(first)).toBe(false);
    expect((await bytes(1, { seed: 0 })).equals(first)).toBe(true);
  });

  it('stop being made when that is asked', async () => {
    const cancelled = new AbortController();
    cancelled.abort();
    await expect(newModel({ new: 'vgg16' }, { signal: cancelled.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

it('lists every architecture of the folder', () => {
  const folder = path.resolve(import.meta.dirname, '../../../src/engine/architectures');
  const shared = ['architecture', 'channels', 'convolution', 'index', 'initialization', 'make', 'network', 'settings', 'write'];
  const files = readdirSync(folder).map((file) => file.replace(/\.ts$/, '')).filter((file) => !shared.includes(file)); // prettier-ignore
  const families = ['efficientnet-lite', 'mobilenet-v1', 'mobilenet-v2', 'mobilenet-v3', 'resnet', 'squeezenet', 'unet', 'vgg', 'yunet'];
  expect(files.sort()).toEqual(families);
  expect(new Set(architectures.map(({ name }) => name)).size).toBe(architectures.length);
  expect(architectures).toHaveLength(15);
});
