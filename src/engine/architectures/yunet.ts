import { LatheError } from '../base/errors.ts';
import type { Architecture } from './architecture.ts';
import { scaled } from './channels.ts';
import { constant, normal, xavierNormal } from './initialization.ts';
import type { ConvOptions, Network, NetworkOutput, Value } from './network.ts';

/** First values of a convolution of the body. */
const first = { weight: xavierNormal, bias: constant(0.02) };

/** At first one place in a hundred is said to hold something (Lin et al., arXiv:1708.02002, section 3.3), or training begins with false boxes. */
const rarely = constant(-Math.log(99));

const kept = { weight: normal(0.01), bias: constant(0) };

const activated = (network: Network, list: string, norm: string, relu: string, value: Value): Value =>
  network.activate(`${list}.${relu}`, 'Relu', network.batchNorm(`${list}.${norm}`, value));

/** 1×1 across channels, then 3×3 within each. */
function separable(network: Network, module: string, input: Value, out: number, values: Pick<ConvOptions, 'weight' | 'bias'>): Value {
  const across = network.conv(`${module}.conv1`, input, { out, kernel: 1, ...values });
  return network.conv(`${module}.conv2`, across, { out, kernel: 3, groups: out, ...values });
}

const unit = (network: Network, module: string, input: Value, out: number): Value =>
  activated(network, module, 'bn', 'relu', separable(network, module, input, out, first));

const block = (network: Network, index: number, input: Value, inside: number, out: number): Value => {
  const module = `backbone.model${index}`;
  return unit(network, `${module}.conv2`, unit(network, `${module}.conv1`, input, inside), out);
};

/** Features at strides of 8, 16 … up to the last. */
function backbone(network: Network, input: Value, width: number, levels: number): Value[] {
  const [narrow, wide] = [scaled(16, width), scaled(64, width)];
  const half = (name: string, value: Value): Value => network.pool(`backbone.${name}`, 'MaxPool', value, { kernel: 2, stride: 2 });
  let value = network.conv('backbone.model0.conv1', input, { out: narrow, kernel: 3, stride: 2, ...first });
  value = activated(network, 'backbone.model0', 'bn1', 'relu1', value);
  value = half('pool0', unit(network, 'backbone.model0.conv2', value, narrow));
  value = half('pool2', block(network, 2, block(network, 1, value, narrow, wide), wide, wide));
  const found = [(value = block(network, 3, value, wide, wide))];
  for (let level = 1; level < levels; level++) {
    value = block(network, 3 + level, half(`pool${2 + level}`, value), wide, wide);
    found.push(value);
  }
  return found;
}

/** What the coarser levels know goes down to the finer ones. */
function neck(network: Network, features: readonly Value[]): Value[] {
  const found: Value[] = [];
  let above: Value | undefined;
  for (let level = features.length - 1; level >= 0; level--) {
    const own = features[level]!;
    const value: Value = above ? network.combine('neck', 'Add', own, network.double('neck', above)) : own;
    above = unit(network, `neck.lateral_convs.${level}`, value, own.channels);
    found.unshift(above);
  }
  return found;
}

export const yunet: Architecture = {
  name: 'yunet',
  summary:
    'Small detector without anchors: score, box and landmarks for each place of grids of 8, 16 and 32 pixels. Read with `decode: { kind: yunet }`.',
  source:
    'Wu, Peng and Yu, YuNet: A Tiny Millisecond-level Face Detector, 2023; shapes, names and first weights of github.com/ShiqiYu/libfacedetection.train, yunet_n; first scores as arXiv:1708.02002',
  usual: { input: [3, 320, 320], classes: 1, landmarks: 5, stride: 32 },
  strides: [8, 16, 32],
  build(network, input, { classes, landmarks, width, stride }) {
    checkSize(input, stride);
    const levels = Math.log2(stride) - 2;
    const outputs: NetworkOutput[][] = neck(network, backbone(network, input, width, levels)).map((features, level) => {
      const pixels = 8 * 2 ** level;
      const shared = unit(network, `bbox_head.multi_level_share_convs.${level}.0`, features, features.channels);
      const answer = (kind: string, out: number, chance?: 'chance'): NetworkOutput[] => {
        const module = `bbox_head.multi_level_${kind}.${level}`;
        const conv = separable(network, module, shared, out, { ...kept, bias: chance ? rarely : kept.bias });
        return [network.places(`${kind}_${pixels}`, module, conv, chance && 'Sigmoid')];
      };
      return [
        ...answer('cls', classes, 'chance'),
        ...answer('obj', 1, 'chance'),
        ...answer('bbox', 4),
        ...(landmarks ? answer('kps', 2 * landmarks) : []),
      ];
    });
    // In the order of the published file: a kind, from fine to coarse.
    return outputs[0]!.flatMap((_, kind) => outputs.map((level) => level[kind]!));
  },
};

/** Every level has half the places of the one before in each direction, and decoders know how many these are. Throws `architecture.input`. */
function checkSize({ height, width }: Value, stride: number): void {
  if (height % stride === 0 && width % stride === 0) return;
  throw new LatheError('architecture.input', `pictures of ${height} × ${width} do not part into places of ${stride} × ${stride} pixels`, {
    hint: `Let height and width be multiples of ${stride}, or choose a smaller stride (--stride).`,
  });
}
