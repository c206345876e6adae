import type { Architecture } from './architecture.ts';
import { divisibleBy8, Halvings } from './channels.ts';
import { convolution, type Activation } from './convolution.ts';
import { constant, kaimingNormal, normal } from './initialization.ts';
import type { Network, Value } from './network.ts';

interface Block {
  readonly kernel: number;
  readonly inner: number;
  readonly out: number;
  readonly squeezes: boolean;
  readonly activation: Activation;
  readonly halves: boolean;
}

const block = (kernel: number, inner: number, out: number, squeezes: boolean, activation: Activation, halves = false): Block => ({
  kernel, inner, out, squeezes, activation, halves,
}); // prettier-ignore

/** Table 2 of the paper. */
const blocks: readonly Block[] = [
  block(3, 16, 16, true, 'Relu', true),
  block(3, 72, 24, false, 'Relu', true),
  block(3, 88, 24, false, 'Relu'),
  block(5, 96, 40, true, 'HardSwish', true),
  block(5, 240, 40, true, 'HardSwish'),
  block(5, 240, 40, true, 'HardSwish'),
  block(5, 120, 48, true, 'HardSwish'),
  block(5, 144, 48, true, 'HardSwish'),
  block(5, 288, 96, true, 'HardSwish', true),
  block(5, 576, 96, true, 'HardSwish'),
  block(5, 576, 96, true, 'HardSwish'),
];

/** Channels weighed by what the whole picture says of them (Hu et al., arXiv:1709.01507). */
function squeezeAndExcite(network: Network, module: string, input: Value): Value {
  const one = (name: string, from: Value, out: number): Value =>
    network.conv(`${module}.${name}`, from, { out, kernel: 1, weight: kaimingNormal, bias: constant(0) });
  let scale = network.globalPool(`${module}.avgpool`, input);
  scale = network.activate(`${module}.activation`, 'Relu', one('fc1', scale, divisibleBy8(Math.floor(input.channels / 4))));
  scale = network.activate(`${module}.scale_activation`, 'HardSigmoid', one('fc2', scale, input.channels));
  return network.combine(module, 'Mul', input, scale);
}

function invertedResidual(network: Network, module: string, input: Value, { kernel, inner, out, squeezes, activation }: Block, stride: 1 | 2): Value {
  let [value, index] = [input, 0];
  const next = (): string => `${module}.block.${index++}`;
  if (inner !== input.channels) value = convolution(network, next(), value, { out: inner, kernel: 1 }, activation);
  value = convolution(network, next(), value, { out: inner, kernel, stride, groups: inner }, activation);
  if (squeezes) value = squeezeAndExcite(network, next(), value);
  value = convolution(network, next(), value, { out, kernel: 1 });
  return stride === 1 && input.channels === out ? network.combine(module, 'Add', value, input) : value;
} // prettier-ignore

export const mobilenetV3Small: Architecture = {
  name: 'mobilenetv3-small',
  summary: 'MobileNet found by search, with squeeze-and-excite and hard swish: few multiply-adds, unusual operators.',
  source: 'Howard et al., Searching for MobileNetV3, arXiv:1905.02244, table 2; as torchvision has it',
  usual: { input: [3, 224, 224], classes: 1000, stride: 32 },
  strides: [1, 2, 4, 8, 16, 32],
  normalization: { epsilon: 1e-3, momentum: 0.01 },
  build(network, input, { classes, width, stride }) {
    const halvings = new Halvings(32, stride);
    const channels = (count: number): number => divisibleBy8(count * width);
    let value = convolution(network, 'features.0', input, { out: channels(16), kernel: 3, stride: halvings.next() }, 'HardSwish');
    blocks.forEach((one, i) => {
      const scaled = { ...one, inner: channels(one.inner), out: channels(one.out) };
      value = invertedResidual(network, `features.${i + 1}`, value, scaled, one.halves ? halvings.next() : 1);
    });
    value = convolution(network, `features.${blocks.length + 1}`, value, { out: 6 * value.channels, kernel: 1 }, 'HardSwish');
    const linear = (module: string, from: Value, out: number): Value =>
      network.linear(module, from, { out, weight: normal(0.01), bias: constant(0) });
    const features = linear('classifier.0', network.flatten(network.globalPool('avgpool', value)), channels(1024));
    return linear('classifier.3', network.activate('classifier.1', 'HardSwish', features), classes);
  },
};
