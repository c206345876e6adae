import type { Architecture } from './architecture.ts';
import { Halvings, scaled } from './channels.ts';
import { constant, kaimingNormal, normal } from './initialization.ts';
import type { Network, Value } from './network.ts';

/** Side of the feature map that torchvision's classifier reads. */
const pooled = 7;

/** Channels of the convolutions of each stage; a pooling follows each. Configurations A and D of the paper. */
const configurations = {
  vgg11: [[64], [128], [256, 256], [512, 512], [512, 512]],
  vgg16: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
};

function vgg(name: keyof typeof configurations): Architecture {
  return {
    name,
    summary: `VGG network of ${name.slice(3)} layers with batch normalization.`,
    source: 'Simonyan and Zisserman, arXiv:1409.1556, table 1; with batch normalization as torchvision has it',
    usual: { input: [3, 224, 224], classes: 1000, stride: 32 },
    strides: [1, 2, 4, 8, 16, 32],
    build: (network, input, { classes, width, stride }) => {
      const halvings = new Halvings(32, stride);
      let value = input;
      let index = 0;
      for (const stage of configurations[name]) {
        for (const channels of stage) {
          value = network.conv(`features.${index}`, value, { out: scaled(channels, width), kernel: 3, weight: kaimingNormal, bias: constant(0) });
          value = network.batchNorm(`features.${index + 1}`, value);
          value = network.activate(`features.${index + 2}`, 'Relu', value);
          index += 3;
        }
        if (halvings.next() === 2) value = network.pool(`features.${index}`, 'MaxPool', value, { kernel: 2, stride: 2 });
        index++;
      }
      return classifier(network, value, classes, width);
    },
  };
} // prettier-ignore

/**
 * Three linear layers on 7×7 features, as torchvision has them, from 224 pixels on. Smaller pictures leave fewer features than that: their
 * mean and one linear layer, as is usual for CIFAR (14.7 M parameters with ten classes instead of 134 M).
 */
function classifier(network: Network, value: Value, classes: number, width: number): Value {
  const linear = (module: string, from: Value, out: number): Value =>
    network.linear(module, from, { out, weight: normal(0.01), bias: constant(0) });
  if (value.height < pooled || value.width < pooled) return linear('classifier', network.flatten(network.globalPool('avgpool', value)), classes);
  let features = network.flatten(toSevenBySeven(network, value));
  for (const module of [0, 3]) {
    features = network.activate(`classifier.${module + 1}`, 'Relu', linear(`classifier.${module}`, features, scaled(4096, width)));
  }
  return linear('classifier.6', features, classes);
} // prettier-ignore

/** Windows of one size, the same distance apart; at 224 there is nothing to do. */
function toSevenBySeven(network: Network, value: Value): Value {
  const stride = [value.height, value.width].map((size) => Math.floor(size / pooled)) as [number, number];
  const kernel = [value.height - (pooled - 1) * stride[0], value.width - (pooled - 1) * stride[1]] as const;
  if (value.height === pooled && value.width === pooled) return value;
  return network.pool('avgpool', 'AveragePool', value, { kernel, stride });
}

export const vggs: readonly Architecture[] = [vgg('vgg11'), vgg('vgg16')];
