import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect } from 'vitest';
import { decodeModel } from '../../../src/engine/onnx/codec.ts';
import { modelCost } from '../../../src/engine/ops/cost.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { itWithZoo } from '../../support/zoo.ts';

const costOf = (zoo: string, file: string, bind?: Record<string, number[]>) => {
  const model = decodeModel(readFileSync(path.join(zoo, file)), file);
  return modelCost(model, inferShapes(model, { bind }));
};

describe('costs of real models', () => {
  itWithZoo('have the parameters that their authors state, batch-norm statistics included', (zoo) => {
    expect(costOf(zoo, 'models/cifar10-resnet8/resnet8_cifar10.onnx').parameters).toBe(78_666);
    expect(costOf(zoo, 'models/vww-mobilenetv1/mobilenetv1_025_vww96.onnx').parameters).toBe(221_794);
    expect(costOf(zoo, 'models/denoise-dncnn25/dncnn25_gray.onnx').parameters).toBe(555_137);
    // PyTorch counts 269,722 without the two running statistics of each of the 688 channels; folding leaves one bias a channel.
    expect(costOf(zoo, 'models/cifar10-resnet/resnet20_cifar10_bn.onnx').parameters).toBe(269_722 + 2 * 688);
    expect(costOf(zoo, 'models/cifar10-resnet/resnet20_cifar10.onnx').parameters).toBe(269_722 - 688);
    // VGG-19 and SqueezeNet 1.0/1.1 of torchvision; ResNet-50 with its 2 x 26,560 running statistics.
    expect(costOf(zoo, 'graphs/light_vgg19.onnx').parameters).toBe(143_667_240);
    expect(costOf(zoo, 'graphs/light_squeezenet.onnx').parameters).toBe(1_235_496);
    expect(costOf(zoo, 'graphs/light_resnet50.onnx').parameters).toBe(25_557_032 + 2 * 26_560);
  });

  itWithZoo('have the multiply-adds of a picture', (zoo) => {
    expect(costOf(zoo, 'models/cifar10-resnet/resnet20_cifar10.onnx').macs).toBe(40_551_040);
    expect(costOf(zoo, 'graphs/light_vgg19.onnx').macs).toBe(19_632_062_464);
    expect(costOf(zoo, 'graphs/light_resnet50.onnx').macs).toBe(4_089_184_256);
    expect(costOf(zoo, 'models/denoise-dncnn25/dncnn25_gray.onnx').macs).toBeNull();
    // Every convolution keeps the size: all weights but the 15 hidden and one last bias meet every pixel.
    const dncnn = costOf(zoo, 'models/denoise-dncnn25/dncnn25_gray.onnx', {
      [inputOf(zoo, 'models/denoise-dncnn25/dncnn25_gray.onnx')]: [1, 1, 10, 20],
    });
    expect(dncnn.macs).toBe((64 * 9 + 15 * 64 * 64 * 9 + 64 * 9) * 200);
  });
});

const inputOf = (zoo: string, file: string): string => decodeModel(readFileSync(path.join(zoo, file)), file).graph.requiredInputs[0]!.name;
