import type { Architecture } from './architecture.ts';
import { divisibleBy8, Halvings } from './channels.ts';
import { convolution, type Convolution } from './convolution.ts';
import { constant, outputUniform } from './initialization.ts';
import type { Network, Value } from './network.ts';

/** Expansion, kernel, output channels, blocks, and whether the first of them halves: EfficientNet-B0, table 1 of the paper. */
const stages: readonly [number, number, number, number, boolean][] = [
  [1, 3, 16, 1, false], [6, 3, 24, 2, true], [6, 5, 40, 2, true], [6, 3, 80, 3, true], [6, 5, 112, 3, false], [6, 5, 192, 4, true], [6, 3, 320, 1, false],
]; // prettier-ignore

function block(network: Network, module: string, input: Value, expansion: number, options: Convolution): Value {
  let [value, index] = [input, 0];
  const next = (): string => `${module}.block.${index++}`;
  const inner = input.channels * expansion;
  if (expansion !== 1) value = convolution(network, next(), value, { out: inner, kernel: 1 }, 'Relu6');
  value = convolution(network, next(), value, { ...options, out: inner, groups: inner }, 'Relu6');
  value = convolution(network, next(), value, { out: options.out, kernel: 1 });
  return options.stride === 1 && input.channels === options.out ? network.combine(module, 'Add', value, input) : value;
}

export const efficientnetLite0: Architecture = {
  name: 'efficientnet-lite0',
  summary: 'EfficientNet without squeeze-and-excite, with ReLU6 for swish: made to be quantized.',
  source:
    'Tan and Le, EfficientNet, arXiv:1905.11946; Lite: github.com/tensorflow/tpu, models/official/efficientnet/lite. Padding on both sides, names as torchvision has them for EfficientNet',
  usual: { input: [3, 224, 224], classes: 1000, stride: 32 },
  strides: [1, 2, 4, 8, 16, 32],
  normalization: { epsilon: 1e-3, momentum: 0.01 },
  build(network, input, { classes, width, stride }) {
    const halvings = new Halvings(32, stride);
    const channels = (count: number): number => divisibleBy8(count * width);
    let value = convolution(network, 'features.0', input, { out: channels(32), kernel: 3, stride: halvings.next() }, 'Relu6');
    stages.forEach(([expansion, kernel, out, count, halves], i) => {
      for (let j = 0; j < count; j++) {
        const options = { out: channels(out), kernel, stride: halves && j === 0 ? halvings.next() : (1 as const) };
        value = block(network, `features.${i + 1}.${j}`, value, expansion, options);
      }
    });
    value = convolution(network, `features.${stages.length + 1}`, value, { out: channels(1280), kernel: 1 }, 'Relu6');
    const features = network.flatten(network.globalPool('avgpool', value));
    return network.linear('classifier.1', features, { out: classes, weight: outputUniform, bias: constant(0) });
  },
};
