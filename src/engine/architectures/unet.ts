import type { Architecture } from './architecture.ts';
import { scaled } from './channels.ts';
import { constant, kaimingNormal, kaimingUniform, normal } from './initialization.ts';
import type { Network, Value } from './network.ts';

/** Channels at full resolution; each level below has twice as many. */
const base = 16;

/** Two 3×3 convolutions with batch normalization and rectifier. */
function double(network: Network, module: string, input: Value, out: number): Value {
  let value = input;
  for (const index of [0, 3]) {
    value = network.conv(`${module}.${index}`, value, { out, kernel: 3, weight: kaimingNormal });
    value = network.batchNorm(`${module}.${index + 1}`, value);
    value = network.activate(`${module}.${index + 2}`, 'Relu', value);
  }
  return value;
}

export const unet: Architecture = {
  name: 'unet',
  summary:
    'Small U-Net. With as many outputs as inputs it restores pictures: it learns what to add to its input. With `classes` it makes as many maps of the size of its input.',
  source:
    'Ronneberger et al., U-Net, arXiv:1505.04597, with padding and batch normalization, 16 channels and three levels; residual as Zhang et al., DnCNN, arXiv:1608.03981, section 3.2',
  usual: { input: [3, 128, 128], stride: 8 },
  strides: [2, 4, 8, 16, 32],
  build(network, input, { classes, width, stride }) {
    const channels = (level: number): number => scaled(base * 2 ** level, width);
    const levels = Math.log2(stride);
    const skipped: Value[] = [];
    let value = input;
    for (let level = 0; level < levels; level++) {
      skipped.push((value = double(network, `down.${level}`, value, channels(level))));
      value = network.pool(`pool.${level}`, 'MaxPool', value, { kernel: 2, stride: 2 });
    }
    value = double(network, 'bottom', value, channels(levels));
    for (let level = levels - 1; level >= 0; level--) {
      const skip = skipped[level]!;
      const up = network.upsample(`up.${level}.0`, value, skip, { out: channels(level), weight: kaimingUniform, bias: constant(0) });
      value = double(network, `join.${level}`, network.concat(`up.${level}`, [skip, up]), channels(level));
    }
    const last = network.conv('last', value, { out: classes, kernel: 1, weight: normal(0.01), bias: constant(0) });
    return classes === input.channels ? network.combine('', 'Add', input, last) : last;
  },
};
