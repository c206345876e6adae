import { seededRandom } from '../../src/engine/base/random.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { buildModel, type BuildNode } from './model-builder.ts';

/** A feature map of a network that is being written: [1, channels, size, size]. */
interface FeatureMap {
  readonly name: string;
  readonly channels: number;
  readonly size: number;
}

type Random = ReturnType<typeof seededRandom>;

/**
 * Writes networks of vision models' parts with small whole weights, so that sums are exact whatever their order. Layers are joined at random; what nobody reads in the end gets a convolution
 * of its own as output.
 */
export class NetworkWriter {
  readonly nodes: BuildNode[] = [];
  readonly initializers: Record<string, Tensor> = {};
  readonly #read = new Set<string>();
  readonly maps: FeatureMap[] = [];
  #count = 0;

  constructor(
    readonly random: Random,
    /** Of all names it gives. */
    readonly prefix = '',
  ) {}

  name(prefix: string): string {
    return `${this.prefix}${prefix}${this.#count++}`;
  }

  /** A stored tensor of -1, 0 and 1, mostly 0 where it is large. */
  weights(dims: readonly number[], make?: () => number): string {
    const name = this.name('w');
    const size = dims.reduce((a, b) => a * b, 1);
    const fan = size / (dims[0] || 1);
    const draw = make ?? (() => (this.random.next() < Math.min(1, 3 / fan) ? (this.random.integer(2) ? 1 : -1) : 0));
    this.initializers[name] = Tensor.float32(dims, Float32Array.from({ length: size }, draw));
    return name;
  }

  ints(values: readonly number[], dims: readonly number[] = [values.length]): string {
    const name = this.name('i');
    this.initializers[name] = Tensor.int64(dims, values);
    return name;
  }

  emit(op: string, inputs: readonly string[], attributes: BuildNode[3] = {}, outputs = 1, domain?: string): string[] {
    const names = Array.from({ length: outputs }, () => this.name('v'));
    for (const input of inputs) this.#read.add(input);
    this.nodes.push([op, inputs, names, attributes, { name: this.name(op), ...(domain && { domain }) }]);
    return names;
  }

  op(op: string, inputs: readonly string[], attributes: BuildNode[3] = {}): string {
    return this.emit(op, inputs, attributes)[0]!;
  }

  add(name: string, channels: number, size: number): FeatureMap {
    const map = { name, channels, size };
    this.maps.push(map);
    return map;
  }

  conv(from: FeatureMap, channels: number, { kernel = 1, group = 1, bias = true } = {}): FeatureMap {
    const inputs = [from.name, this.weights([channels, from.channels / group, kernel, kernel])];
    if (bias) inputs.push(this.weights([channels], () => this.random.integer(3) - 1));
    const pad = (kernel - 1) / 2;
    return this.add(this.op('Conv', inputs, { group, pads: [pad, pad, pad, pad] }), channels, from.size);
  }

  unary(from: FeatureMap, op: string, attributes: BuildNode[3] = {}): FeatureMap {
    return this.add(this.op(op, [from.name], attributes), from.channels, from.size);
  }

  isRead(map: FeatureMap): boolean {
    return this.#read.has(map.name);
  }

  /** Writes the outputs and returns their names. */
  finish(): string[] {
    const outputs: string[] = [];
    for (const map of [...this.maps]) {
      if (this.isRead(map)) continue;
      if (this.random.integer(2)) {
        outputs.push(this.conv(map, 2).name);
        continue;
      }
      const flat = this.op('Flatten', [map.name]);
      outputs.push(this.op('Gemm', [flat, this.weights([map.channels * map.size ** 2, 3])]));
    }
    return outputs;
  }
}

type Layer = (writer: NetworkWriter, from: FeatureMap, pick: () => FeatureMap) => void;

const small = (random: Random): number => 2 + random.integer(7);

/** A power of two among the divisors, so that grouped layers have something to group. */
const evened = (writer: NetworkWriter, from: FeatureMap, by: number): FeatureMap =>
  from.channels % by === 0 ? from : writer.conv(from, by * (1 + writer.random.integer(3)));

const matched = (writer: NetworkWriter, from: FeatureMap, channels: number): FeatureMap =>
  from.channels === channels ? from : writer.conv(from, channels);

const sized = (writer: NetworkWriter, from: FeatureMap, size: number): FeatureMap => {
  if (from.size === size) return from;
  const scales = writer.weights([4], indexed([1, 1, size / from.size, size / from.size]));
  return writer.add(
    writer.op('Resize', [from.name, '', scales], { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }),
    from.channels,
    size,
  );
};

const indexed = (values: readonly number[]): (() => number) => {
  let at = 0;
  return () => values[at++]!;
};

/** Layers by name; each reads `from`, perhaps others, and leaves new maps. */
export const layers: Readonly<Record<string, Layer>> = {
  conv: (w, x) => void w.conv(x, small(w.random), { kernel: w.random.integer(2) ? 3 : 1, bias: w.random.integer(2) === 1 }),
  depthwise: (w, x) => void w.conv(x, x.channels * (1 + w.random.integer(2)), { kernel: 3, group: x.channels }),
  grouped(w, x) {
    const group = w.random.integer(2) ? 2 : 4;
    const even = evened(w, x, group);
    w.conv(even, group * (1 + w.random.integer(3)), { group });
  },
  transposed(w, x) {
    const group = w.random.integer(2) && x.channels % 2 === 0 ? 2 : 1;
    const columns = 1 + w.random.integer(3);
    const weights = w.weights([x.channels, columns, 2, 2]);
    if (x.size > 8) return;
    w.add(w.op('ConvTranspose', [x.name, weights, w.weights([columns * group])], { strides: [2, 2], group }), columns * group, x.size * 2);
  },
  norm(w, x) {
    const one = w.weights([x.channels], () => 1 + w.random.integer(2));
    const shift = w.weights([x.channels]);
    const variance = w.weights([x.channels], () => 1);
    w.add(
      w.op('BatchNormalization', [x.name, one, shift, w.weights([x.channels]), variance], { epsilon: { kind: 'float', value: 0 } }),
      x.channels,
      x.size,
    );
  },
  relu: (w, x) => void w.unary(x, 'Relu'),
  prelu: (w, x) => void w.add(w.op('PRelu', [x.name, w.weights([x.channels, 1, 1])]), x.channels, x.size),
  scale: (w, x) => void w.add(w.op('Mul', [x.name, w.weights([1, x.channels, 1, 1])]), x.channels, x.size),
  maxpool: (w, x) =>
    void (x.size > 1 && w.add(w.op('MaxPool', [x.name], { kernel_shape: [2, 2], strides: [2, 2] }), x.channels, x.size / 2)),
  average: (w, x) =>
    void (x.size > 1 && w.add(w.op('AveragePool', [x.name], { kernel_shape: [2, 2], strides: [2, 2] }), x.channels, x.size / 2)),
  global: (w, x) => void w.add(w.op('GlobalAveragePool', [x.name]), x.channels, 1),
  add(w, x, pick) {
    const other = sized(w, matched(w, pick(), x.channels), x.size);
    w.add(w.op('Add', [x.name, other.name]), x.channels, x.size);
  },
  maximum(w, x, pick) {
    const other = sized(w, matched(w, pick(), x.channels), x.size);
    w.add(w.op('Max', [x.name, other.name]), x.channels, x.size);
  },
  gate(w, x) {
    const pooled = w.add(w.op('ReduceMean', [x.name], { axes: [2, 3], keepdims: 1 }), x.channels, 1);
    const squeezed = w.conv(w.unary(w.conv(pooled, small(w.random)), 'Relu'), x.channels);
    w.add(w.op('Mul', [x.name, squeezed.name]), x.channels, x.size);
  },
  mask(w, x) {
    const one = w.conv(x, 1);
    w.add(w.op('Mul', [x.name, one.name]), x.channels, x.size);
  },
  concat(w, x, pick) {
    const others = Array.from({ length: 1 + w.random.integer(2) }, () => sized(w, pick(), x.size));
    const all = [x, ...others];
    w.add(
      w.op(
        'Concat',
        all.map(({ name }) => name),
        { axis: w.random.integer(2) ? 1 : -3 },
      ),
      all.reduce((sum, { channels }) => sum + channels, 0),
      x.size,
    );
  },
  split(w, x) {
    if (x.channels < 2) return;
    const first = 1 + w.random.integer(x.channels - 1);
    const parts = w.emit('Split', [x.name, w.ints([first, x.channels - first])], { axis: 1 }, 2);
    w.add(parts[0]!, first, x.size);
    w.add(parts[1]!, x.channels - first, x.size);
  },
  slice(w, x) {
    if (x.channels < 2) return;
    const step = 1 + w.random.integer(2);
    const start = w.random.integer(x.channels - 1);
    const end = start + 1 + w.random.integer(x.channels - start);
    const channels = Math.ceil((Math.min(end, x.channels) - start) / step);
    w.add(w.op('Slice', [x.name, w.ints([start]), w.ints([end]), w.ints([1]), w.ints([step])]), channels, x.size);
  },
  gather(w, x) {
    const indices = Array.from({ length: 1 + w.random.integer(x.channels + 1) }, () => w.random.integer(x.channels));
    w.add(w.op('Gather', [x.name, w.ints(indices)], { axis: 1 }), indices.length, x.size);
  },
  shortcut(w, x) {
    const [front, back] = [w.random.integer(4), w.random.integer(4)];
    const channels = x.channels + front + back;
    const padded = w.add(w.op('Pad', [x.name, w.ints([0, front, 0, 0, 0, back, 0, 0])]), channels, x.size);
    const other = w.conv(x, channels);
    w.add(w.op('Add', [other.name, padded.name]), channels, x.size);
  },
  crop(w, x) {
    if (x.channels < 3) return;
    w.add(w.op('Pad', [x.name, w.ints([0, -1, 0, 0, 0, w.random.integer(3) - 1, 0, 0])]), 0, x.size);
    const cropped = w.maps.pop()!;
    const pads = w.initializers[w.nodes.at(-1)![1][1]!]!.toIntegers();
    w.add(cropped.name, x.channels - 1 + pads[5]!, x.size);
  },
  shuffle(w, x) {
    const group = w.random.integer(2) ? 2 : 3;
    const even = evened(w, x, group);
    const { channels, size } = even;
    const spread = w.op('Reshape', [even.name, w.ints([1, group, channels / group, size, size])]);
    const turned = w.op('Transpose', [spread], { perm: [0, 2, 1, 3, 4] });
    w.add(w.op('Reshape', [turned, w.ints(w.random.integer(2) ? [1, channels, size, size] : [0, -1, size, size])]), channels, size);
  },
  depthToSpace(w, x) {
    if (x.size > 4) return;
    const even = evened(w, x, 4);
    w.add(w.op('DepthToSpace', [even.name], { blocksize: 2, mode: w.random.integer(2) ? 'DCR' : 'CRD' }), even.channels / 4, even.size * 2);
  },
  spaceToDepth(w, x) {
    if (x.size > 1 && x.channels < 8) w.add(w.op('SpaceToDepth', [x.name], { blocksize: 2 }), x.channels * 4, x.size / 2);
  },
  resize(w, x) {
    if (x.size > 4) return;
    const sizes = w.ints([1, x.channels, x.size * 2, x.size * 2]);
    w.add(w.op('Resize', [x.name, '', '', sizes], { mode: 'nearest' }), x.channels, x.size * 2);
  },
  tile(w, x) {
    if (x.channels < 6) w.add(w.op('Tile', [x.name, w.ints([1, 2, 1, 1])]), x.channels * 2, x.size);
  },
  expand(w, x) {
    const pooled = w.op('GlobalMaxPool', [x.name]);
    w.add(w.op('Expand', [pooled, w.ints([1, w.random.integer(2) ? 1 : x.channels, x.size, x.size])]), x.channels, x.size);
  },
  channelsLast(w, x) {
    const turned = w.op('Transpose', [x.name], { perm: [0, 2, 3, 1] });
    const columns = small(w.random);
    const product = w.op('MatMul', [turned, w.weights([x.channels, columns])]);
    const biased = w.op('Add', [w.weights([columns]), product]);
    w.add(w.op('Transpose', [biased], { perm: [0, 3, 1, 2] }), columns, x.size);
  },
  einsum(w, x) {
    const columns = small(w.random);
    w.add(w.op('Einsum', [x.name, w.weights([columns, x.channels])], { equation: 'nchw,dc->ndhw' }), columns, x.size);
  },
  mixed(w, x) {
    const kind = w.random.integer(4);
    if (kind === 0) w.unary(x, 'LRN', { size: 3 });
    else if (kind === 1) w.unary(x, 'Softmax', { axis: 1 });
    else if (kind === 2) w.add(w.op('ReduceMax', [x.name], { axes: [1], keepdims: 1 }), 1, x.size);
    else w.add(w.op('LayerNormalization', [x.name, w.weights([x.channels, x.size, x.size])], { axis: 1 }), x.channels, x.size);
  },
  groupNorm(w, x) {
    const even = evened(w, x, 2);
    const { channels, size } = even;
    const spread = w.op('Reshape', [even.name, w.ints([0, 2, -1])]);
    const normal = w.op('InstanceNormalization', [spread, w.weights([2], () => 1), w.weights([2])]);
    const back = w.op('Reshape', [normal, w.op('Shape', [even.name])]);
    w.add(w.op('Mul', [back, w.weights([1, channels, 1, 1])]), channels, size);
  },
  viewed(w, x) {
    // Sizes read off the tensor itself, as exporters write x.view(b, c, -1).
    const sizes = w.op('Shape', [x.name]);
    const one = (index: number): string => w.op('Unsqueeze', [w.op('Gather', [sizes, w.ints([index], [])]), w.ints([0])]);
    const target = w.op('Concat', [one(0), one(1), w.ints([-1])], { axis: 0 });
    const flat = w.op('Reshape', [x.name, target]);
    w.add(w.op('Reshape', [flat, w.ints([1, x.channels, x.size, x.size])]), x.channels, x.size);
  },
  attention(w, x) {
    const heads = 1 + w.random.integer(3);
    const depth = 1 + w.random.integer(3);
    const tokens = x.size ** 2;
    const flat = w.op('Transpose', [w.op('Reshape', [x.name, w.ints([1, x.channels, tokens])])], { perm: [0, 2, 1] });
    const projected = (perm: number[]): string => {
      const all = w.op('Add', [w.op('MatMul', [flat, w.weights([x.channels, heads * depth])]), w.weights([heads * depth])]);
      return w.op('Transpose', [w.op('Reshape', [all, w.ints([1, tokens, heads, depth])])], { perm });
    };
    const scores = w.op('MatMul', [projected([0, 2, 1, 3]), projected([0, 2, 3, 1])]);
    const shares = w.op(w.random.integer(2) ? 'Relu' : 'Softmax', [scores]);
    const mixed = w.op('Transpose', [w.op('MatMul', [shares, projected([0, 2, 1, 3])])], { perm: [0, 2, 1, 3] });
    const joined = w.op('Reshape', [mixed, w.ints([1, tokens, heads * depth])]);
    const out = w.op('MatMul', [joined, w.weights([heads * depth, x.channels])]);
    const back = w.op('Reshape', [w.op('Transpose', [out], { perm: [0, 2, 1] }), w.ints([1, x.channels, x.size, x.size])]);
    w.add(w.op('Add', [x.name, back]), x.channels, x.size);
  },
  packed(w, x) {
    // Queries, keys and values by one product, as timm writes them.
    const [heads, depth, tokens] = [1 + w.random.integer(3), 1 + w.random.integer(3), x.size ** 2];
    const flat = w.op('Transpose', [w.op('Reshape', [x.name, w.ints([1, x.channels, tokens])])], { perm: [0, 2, 1] });
    const all = w.op('MatMul', [flat, w.weights([x.channels, 3 * heads * depth])]);
    const parts = w.op('Transpose', [w.op('Reshape', [all, w.ints([1, tokens, 3, heads, depth])])], { perm: [2, 0, 3, 1, 4] });
    const [query, key, value] = w.random.integer(2)
      ? [0, 1, 2].map((index) => w.op('Gather', [parts, w.ints([index], [])], { axis: 0 }))
      : w.emit('Split', [parts], { axis: 0 }, 3).map((part) => w.op('Squeeze', [part, w.ints([0])]));
    const shares = w.op('Softmax', [w.op('MatMul', [query!, w.op('Transpose', [key!], { perm: [0, 1, 3, 2] })])]);
    const mixed = w.op('Transpose', [w.op('MatMul', [shares, value!])], { perm: [0, 2, 1, 3] });
    const out = w.op('MatMul', [w.op('Reshape', [mixed, w.ints([1, tokens, heads * depth])]), w.weights([heads * depth, x.channels])]);
    w.add(w.op('Reshape', [w.op('Transpose', [out], { perm: [0, 2, 1] }), w.ints([1, x.channels, x.size, x.size])]), x.channels, x.size);
  },
  picked(w, x) {
    // One of several parts, each used by itself.
    const even = evened(w, x, 2);
    const spread = w.op('Reshape', [even.name, w.ints([1, 2, even.channels / 2, even.size, even.size])]);
    const index = w.random.integer(2) - 1;
    w.add(w.op('Gather', [spread, w.ints([index], [])], { axis: 1 }), even.channels / 2, even.size);
    const later = w.op('Slice', [spread, w.ints([1]), w.ints([2]), w.ints([1])]);
    w.add(w.op('Reshape', [later, w.ints([1, even.channels / 2, even.size, even.size])]), even.channels / 2, even.size);
  },
  quantized(w, x) {
    const scale = w.weights([], () => 1);
    const zero = w.name('z');
    w.initializers[zero] = new Tensor(3, [], { kind: 'bytes', bytes: new Uint8Array(1) });
    const values = w.op('DequantizeLinear', [w.op('QuantizeLinear', [x.name, scale, zero]), scale, zero]);
    const columns = small(w.random);
    const stored = w.name('q');
    const bytes = Uint8Array.from({ length: columns * x.channels }, () => (w.random.integer(3) - 1) & 255);
    w.initializers[stored] = new Tensor(3, [columns, x.channels, 1, 1], { kind: 'bytes', bytes });
    const scales = w.weights([columns], () => 1 + w.random.integer(2));
    w.add(w.op('Conv', [values, w.op('DequantizeLinear', [stored, scales], { axis: 0 })]), columns, x.size);
  },
  shared(w, x) {
    const weights = w.weights([x.channels, x.channels, 1, 1]);
    const first = w.op('Conv', [x.name, weights]);
    w.add(w.op('Conv', [first, weights]), x.channels, x.size);
  },
};

/** How a network of random layers is written. */
export interface RandomNetwork {
  readonly seed: number;
  readonly length: number;
  /** Names of `layers` to choose from; all by default. */
  readonly only?: readonly string[];
}

/**
 * Networks of some random layers, side by side in one model so that many run in one session: number i reads the input `x<i>`, and its outputs are those at place i of `outputs`. Each is
 * the same for the same seed, whatever stands beside it.
 */
export function randomNetworks(networks: readonly RandomNetwork[]): { model: Model; outputs: string[][] } {
  const size = 4;
  const parts = networks.map(({ seed, length, only = Object.keys(layers) }, index) => {
    const random = seededRandom(seed, 'network');
    const writer = new NetworkWriter(random, `n${index}_`);
    const input = writer.add(`x${index}`, 3, size);
    writer.conv(input, small(random));
    for (let i = 0; i < length; i++) {
      const pick = (): FeatureMap => writer.maps[Math.max(0, writer.maps.length - 1 - random.integer(4))]!;
      const from = pick();
      if (from.channels <= 32) layers[only[random.integer(only.length)]!]!(writer, from, pick);
    }
    return { writer, outputs: writer.finish() };
  });
  const model = buildModel({
    inputs: parts.map((_, index) => ({ name: `x${index}`, shape: [1, 3, size, size] })),
    outputs: parts.flatMap(({ outputs }) => outputs),
    nodes: parts.flatMap(({ writer }) => writer.nodes),
    initializers: Object.assign({}, ...parts.map(({ writer }) => writer.initializers)) as Record<string, Tensor>,
  });
  return { model, outputs: parts.map(({ outputs }) => outputs) };
}
