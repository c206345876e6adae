import type { Architecture } from './architecture.ts';
import { Halvings, scaled } from './channels.ts';
import { constant, kaimingUniform, normal, type Initialization } from './initialization.ts';
import type { Network, Value } from './network.ts';

/** Squeezed channels, and those of each of the two expansions; by module of `features`. A pooling stands between. */
const fires: readonly (readonly [number, number] | 'pool')[] = [
  'pool', [16, 64], [16, 64], 'pool', [32, 128], [32, 128], 'pool', [48, 192], [48, 192], [64, 256], [64, 256],
]; // prettier-ignore

function convolution(network: Network, module: string, input: Value, out: number, kernel: number, weight: Initialization = kaimingUniform): Value {
  return network.conv(module, input, { out, kernel, weight, bias: constant(0) });
} // prettier-ignore

function fire(network: Network, module: string, input: Value, squeezed: number, expanded: number): Value {
  const relu = (name: string, value: Value): Value => network.activate(`${module}.${name}_activation`, 'Relu', value);
  const narrow = relu('squeeze', convolution(network, `${module}.squeeze`, input, squeezed, 1));
  return network.concat(module, [
    relu('expand1x1', convolution(network, `${module}.expand1x1`, narrow, expanded, 1)),
    relu('expand3x3', convolution(network, `${module}.expand3x3`, narrow, expanded, 3)),
  ]);
}

export const squeezenet: Architecture = {
  name: 'squeezenet1.1',
  summary: 'SqueezeNet 1.1: convolutions without batch normalization, 1.2 M parameters.',
  source: 'Iandola et al., SqueezeNet, arXiv:1602.07360; version 1.1 as torchvision has it',
  usual: { input: [3, 224, 224], classes: 1000, stride: 16 },
  strides: [1, 2, 4, 8, 16],
  build(network, input, { classes, width, stride }) {
    const halvings = new Halvings(16, stride);
    const first = { out: scaled(64, width), kernel: 3, stride: halvings.next(), padding: 0, weight: kaimingUniform, bias: constant(0) };
    let value = network.activate('features.1', 'Relu', network.conv('features.0', input, first));
    fires.forEach((one, i) => {
      const module = `features.${i + 2}`;
      if (one !== 'pool') value = fire(network, module, value, scaled(one[0], width), scaled(one[1], width));
      else if (halvings.next() === 2) value = network.pool(module, 'MaxPool', value, { kernel: 3, stride: 2, ceil: true });
    });
    value = network.activate('classifier.2', 'Relu', convolution(network, 'classifier.1', value, classes, 1, normal(0.01)));
    return network.flatten(network.globalPool('classifier.3', value));
  },
};
