import type { Architecture } from './architecture.ts';
import { Halvings, scaled } from './channels.ts';
import { kaimingNormal, linearUniform } from './initialization.ts';
import type { Network, Value } from './network.ts';

interface Block {
  /** Channels of the inner convolutions, and the stride of the one that halves. */
  readonly channels: number;
  readonly stride: 1 | 2;
}

type BuildBlock = (network: Network, module: string, input: Value, block: Block) => Value;

function conv(network: Network, module: string, input: Value, out: number, kernel: number, stride = 1): Value {
  return network.conv(module, input, { out, kernel, stride, weight: kaimingNormal });
}

/** The input itself, or where the shape changes a 1×1 convolution of it. */
function shortcut(network: Network, module: string, input: Value, out: number, stride: number): Value {
  if (stride === 1 && input.channels === out) return input;
  return network.batchNorm(`${module}.downsample.1`, conv(network, `${module}.downsample.0`, input, out, 1, stride));
}

const basic: BuildBlock = (network, module, input, { channels, stride }) => {
  let value = network.batchNorm(`${module}.bn1`, conv(network, `${module}.conv1`, input, channels, 3, stride));
  value = network.activate(`${module}.relu`, 'Relu', value);
  value = network.batchNorm(`${module}.bn2`, conv(network, `${module}.conv2`, value, channels, 3));
  const sum = network.combine(module, 'Add', value, shortcut(network, module, input, channels, stride));
  return network.activate(`${module}.relu`, 'Relu', sum);
};

/** Halves in its 3×3 convolution, as torchvision's (He et al. halve in the first 1×1). */
const bottleneck: BuildBlock = (network, module, input, { channels, stride }) => {
  let value = network.batchNorm(`${module}.bn1`, conv(network, `${module}.conv1`, input, channels, 1));
  value = network.activate(`${module}.relu`, 'Relu', value);
  value = network.batchNorm(`${module}.bn2`, conv(network, `${module}.conv2`, value, channels, 3, stride));
  value = network.activate(`${module}.relu`, 'Relu', value);
  value = network.batchNorm(`${module}.bn3`, conv(network, `${module}.conv3`, value, 4 * channels, 1));
  const sum = network.combine(module, 'Add', value, shortcut(network, module, input, 4 * channels, stride));
  return network.activate(`${module}.relu`, 'Relu', sum);
};

function stages(
  network: Network,
  input: Value,
  block: BuildBlock,
  plan: readonly { count: number; channels: number; stride: 1 | 2 }[],
): Value {
  let value = input;
  plan.forEach(({ count, channels, stride }, i) => {
    for (let j = 0; j < count; j++) value = block(network, `layer${i + 1}.${j}`, value, { channels, stride: j === 0 ? stride : 1 });
  });
  return value;
}

function classifier(network: Network, value: Value, classes: number): Value {
  const features = network.flatten(network.globalPool('avgpool', value));
  return network.linear('fc', features, { out: classes, weight: linearUniform, bias: linearUniform });
}

/** torchvision's, for pictures of about 224 pixels. */
function imagenet(name: string, layers: number, block: BuildBlock, counts: readonly number[]): Architecture {
  return {
    name,
    summary: `Residual network of ${layers} layers for large pictures.`,
    source: 'He et al., Deep residual learning for image recognition, arXiv:1512.03385, table 1; as torchvision has it',
    usual: { input: [3, 224, 224], classes: 1000, stride: 32 },
    strides: [1, 2, 4, 8, 16, 32],
    build: (network, input, { classes, width, stride }) => {
      const halvings = new Halvings(32, stride);
      let value = network.batchNorm('bn1', conv(network, 'conv1', input, scaled(64, width), 7, halvings.next()));
      value = network.activate('relu', 'Relu', value);
      if (halvings.next() === 2) value = network.pool('maxpool', 'MaxPool', value, { kernel: 3, stride: 2, padding: 1 });
      const plan = counts.map((count, i) => ({ count, channels: scaled(64 * 2 ** i, width), stride: i === 0 ? 1 : halvings.next() }));
      return classifier(network, stages(network, value, block, plan), classes);
    },
  };
}

/** Section 4.2 of the paper, for pictures of 32 pixels; with 1×1 convolutions as shortcuts, which every board runs (its option B). */
function cifar(layers: number): Architecture {
  const count = (layers - 2) / 6;
  return {
    name: `resnet${layers}`,
    summary: `Residual network of ${layers} layers for pictures of about 32 pixels.`,
    source: 'He et al., Deep residual learning for image recognition, arXiv:1512.03385, section 4.2, shortcuts of option B',
    usual: { input: [3, 32, 32], classes: 10, stride: 4 },
    strides: [1, 2, 4],
    build: (network, input, { classes, width, stride }) => {
      const halvings = new Halvings(4, stride);
      let value = network.batchNorm('bn1', conv(network, 'conv1', input, scaled(16, width), 3));
      value = network.activate('relu', 'Relu', value);
      const plan = [0, 1, 2].map((i) => ({ count, channels: scaled(16 * 2 ** i, width), stride: i === 0 ? (1 as const) : halvings.next() }));
      return classifier(network, stages(network, value, basic, plan), classes);
    },
  };
} // prettier-ignore

export const resnets: readonly Architecture[] = [
  imagenet('resnet18', 18, basic, [2, 2, 2, 2]),
  imagenet('resnet34', 34, basic, [3, 4, 6, 3]),
  imagenet('resnet50', 50, bottleneck, [3, 4, 6, 3]),
  cifar(20),
  cifar(32),
  cifar(56),
];
