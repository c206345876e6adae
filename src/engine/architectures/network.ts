import { setImmediate } from 'node:timers/promises';
import { LatheError, throwIfCancelled } from '../base/errors.ts';
import { seededRandom } from '../base/random.ts';
import { DataType } from '../onnx/data-type.ts';
import { Graph, Model, Node, attributes, floatAttribute, type Dim } from '../onnx/graph.ts';
import { Tensor } from '../onnx/tensor.ts';
import { constant, type Fans, type Initialization } from './initialization.ts';

/** A value of the network: its name and its shape for one picture. */
export interface Value {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** An output of the model: its name, the value that it is, and its shape for any number of pictures. */
export interface NetworkOutput {
  readonly name: string;
  readonly value: string;
  readonly shape: readonly Dim[];
}

export interface ConvOptions {
  readonly out: number;
  /** Side of the kernel, in pixels. */
  readonly kernel: number;
  readonly stride?: number;
  /** On every side; by default half the kernel, which keeps the size. */
  readonly padding?: number;
  readonly groups?: number;
  /** First values of the bias; absent: none. */
  readonly bias?: Initialization;
  readonly weight: Initialization;
}

export interface PoolOptions {
  readonly kernel: number | readonly [number, number];
  readonly stride: number | readonly [number, number];
  readonly padding?: number;
  /** A last window may pass the border. */
  readonly ceil?: boolean;
}

export interface Normalization {
  /** Keeps the variance of a channel from being zero. */
  readonly epsilon: number;
  /** Share of a batch in the running statistics (PyTorch's; ONNX has 1 minus it). */
  readonly momentum: number;
}

interface Weight {
  readonly name: string;
  readonly dims: readonly number[];
  readonly fans: Fans;
  readonly initialization: Initialization;
}

/** More make a file of 2 GB, where ONNX ends, once training keeps two more values for each. */
const mostParameters = 400e6;

/** Values made before a cancellation is looked for: some tenths of a second. */
const valuesAtOnce = 1 << 20;

/**
 * Builds a network layer by layer. Modules have PyTorch's dotted names (`layer1.0.conv1`); nodes and weights get the names that its exporter
 * gives them (`/layer1/layer1.0/conv1/Conv`, `layer1.0.conv1.weight`). Weights are made last, each from the seed and its own name.
 */
export class Network {
  readonly #graph = new Graph();
  readonly #weights: Weight[] = [];

  constructor(
    /** Of the architecture. */
    readonly name: string,
    private readonly normalization: Normalization = { epsilon: 1e-5, momentum: 0.1 },
  ) {
    this.#graph.name = name;
  }

  input([channels, height, width]: readonly [number, number, number]): Value {
    this.#graph.inputs = [
      { name: 'input', type: { kind: 'tensor', elementType: DataType.float32, shape: ['N', channels, height, width] } },
    ];
    return { name: 'input', channels, height, width };
  }

  conv(module: string, input: Value, options: ConvOptions): Value {
    const { out, kernel, stride = 1, padding = kernel >> 1, groups = 1 } = options;
    const dims = [out, input.channels / groups, kernel, kernel];
    const inputs = this.#layer(module, input, dims, { in: dims[1]! * kernel * kernel, out: out * kernel * kernel }, options);
    const sizes = windows(input, { kernel, stride, padding }, this.name);
    const pair = (value: number): number[] => [value, value];
    return this.#add(module, 'Conv', inputs, { channels: out, ...sizes }, {
      dilations: pair(1), group: groups, kernel_shape: pair(kernel), pads: [...pair(padding), ...pair(padding)], strides: pair(stride),
    }); // prettier-ignore
  }

  /** Twice the size, or as much more as `like` has. */
  upsample(module: string, input: Value, like: Value, options: Pick<ConvOptions, 'out' | 'weight' | 'bias'>): Value {
    const { out } = options;
    const inputs = this.#layer(module, input, [input.channels, out, 2, 2], { in: out * 4, out: input.channels * 4 }, options);
    const rest = [like.height - 2 * input.height, like.width - 2 * input.width];
    return this.#add(module, 'ConvTranspose', inputs, { channels: out, height: like.height, width: like.width }, {
      dilations: [1, 1], group: 1, kernel_shape: [2, 2], output_padding: rest, pads: [0, 0, 0, 0], strides: [2, 2],
    }); // prettier-ignore
  }

  /** Each value four times: twice the height, twice the width. */
  double(module: string, input: Value): Value {
    // Scales of all axes, not `axes` with sizes: ONNX Runtime 1.30 loses those when it moves a Transpose past the node.
    const scales = `${module}.scales`;
    this.#graph.initializers.set(scales, Tensor.float32([4], [1, 1, 2, 2]));
    const { channels, height, width } = input;
    return this.#add(module, 'Resize', [input.name, '', scales], { channels, height: 2 * height, width: 2 * width }, {
      coordinate_transformation_mode: 'asymmetric', mode: 'nearest', nearest_mode: 'floor',
    }); // prettier-ignore
  }

  /** An output [N, places, channels], places row by row. */
  places(name: string, module: string, input: Value, activation?: string): NetworkOutput {
    const { channels, height, width } = input;
    const last = this.#add(module, 'Transpose', [input.name], input, { perm: [0, 2, 3, 1] });
    const shape = `places.${channels}`;
    this.#graph.initializers.set(shape, Tensor.int64([3], [0, -1, channels]));
    const rows = this.#add(module, 'Reshape', [last.name, shape], input);
    const value = activation ? this.activate(module, activation, rows) : rows;
    return { name, value: value.name, shape: ['N', height * width, channels] };
  }

  /** Of features [N, channels]. */
  linear(module: string, input: Value, options: Pick<ConvOptions, 'out' | 'weight' | 'bias'>): Value {
    const { out } = options;
    const inputs = this.#layer(module, input, [out, input.channels], { in: input.channels, out }, options);
    return this.#add(module, 'Gemm', inputs, { ...input, channels: out }, { transB: 1 });
  }

  batchNorm(module: string, input: Value): Value {
    const { channels } = input;
    const first = { weight: 1, bias: 0, running_mean: 0, running_var: 1 };
    const names = Object.entries(first).map(([key, value]) => this.#weight(`${module}.${key}`, [channels], { in: 1, out: 1 }, constant(value)));
    const { epsilon, momentum } = this.normalization;
    return this.#add(module, 'BatchNormalization', [input.name, ...names], input, {
      epsilon: floatAttribute(epsilon),
      momentum: floatAttribute(1 - momentum),
    });
  } // prettier-ignore

  /** An operator of one input that keeps the shape: Relu, HardSwish, HardSigmoid … */
  activate(module: string, op: string, input: Value): Value {
    const alpha = op === 'HardSigmoid' ? { alpha: floatAttribute(1 / 6), beta: floatAttribute(0.5) } : {};
    return this.#add(module, op, [input.name], input, alpha);
  }

  /** max(0, min(6, x)) */
  relu6(module: string, input: Value): Value {
    const ends = [0, 6].map((value) => {
      const name = `relu6.${value === 0 ? 'min' : 'max'}`;
      this.#graph.initializers.set(name, Tensor.float32([], [value]));
      return name;
    });
    return this.#add(module, 'Clip', [input.name, ...ends], input);
  }

  pool(module: string, kind: 'MaxPool' | 'AveragePool', input: Value, options: PoolOptions): Value {
    const { kernel, stride, padding = 0, ceil = false } = options;
    const sizes = windows(input, { kernel, stride, padding, ceil }, this.name);
    return this.#add(module, kind, [input.name], { channels: input.channels, ...sizes }, {
      ...(kind === 'MaxPool' ? { dilations: [1, 1] } : {}),
      ceil_mode: ceil ? 1 : 0, kernel_shape: both(kernel), pads: [padding, padding, padding, padding], strides: both(stride),
    }); // prettier-ignore
  }

  /** The mean of each channel, [N, channels, 1, 1]. */
  globalPool(module: string, input: Value): Value {
    return this.#add(module, 'GlobalAveragePool', [input.name], { channels: input.channels, height: 1, width: 1 });
  }

  /** [N, channels · height · width] */
  flatten(input: Value): Value {
    const { channels, height, width } = input;
    return this.#add('', 'Flatten', [input.name], { channels: channels * height * width, height: 1, width: 1 }, { axis: 1 });
  }

  /** Of two values, the second of the first's shape or broadcast to it. `module`: where it happens. */
  combine(module: string, op: 'Add' | 'Mul', a: Value, b: Value): Value {
    return this.#add(module, op, [a.name, b.name], a);
  }

  /** Channels one behind the other. */
  concat(module: string, values: readonly Value[]): Value {
    const channels = values.reduce((sum, value) => sum + value.channels, 0);
    return this.#add(module, 'Concat', values.map(({ name }) => name), { ...values[0]!, channels }, { axis: 1 }); // prettier-ignore
  }

  /**
   * The whole model, its weights not made yet (`fill`). Throws `architecture.size`.
   */
  outline(outputs: readonly NetworkOutput[]): Model {
    const count = this.#weights.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
    if (!(count <= mostParameters))
      throw new LatheError('architecture.size', `${this.name} of this width would have ${count} parameters`, {
        hint: `At most ${mostParameters} can be made: take a smaller width or fewer classes.`,
      });
    for (const { name, dims } of this.#weights)
      this.#graph.initializers.set(name, new Tensor(DataType.float32, dims, { kind: 'external', location: '', offset: 0 }));
    for (const { name, value } of outputs) this.#graph.rename(value, name);
    this.#graph.outputs = outputs.map(({ name, shape }) => ({ name, type: { kind: 'tensor', elementType: DataType.float32, shape } }));
    const model = new Model(this.#graph);
    model.irVersion = 10;
    model.opsets.set('', 21);
    model.producerName = 'lathe';
    return model;
  }

  /** Makes the first weights of the outline. Throws Cancelled. */
  async fill(seed: number, signal: AbortSignal): Promise<void> {
    for (const weight of this.#weights) this.#graph.initializers.set(weight.name, await firstValues(weight, seed, signal));
  }

  /** Names of what a layer with weights reads. */
  #layer(module: string, input: Value, dims: readonly number[], fans: Fans, { out, weight, bias }: Pick<ConvOptions, 'out' | 'weight' | 'bias'>): string[] {
    const names = [input.name, this.#weight(`${module}.weight`, dims, fans, weight)];
    return bias ? [...names, this.#weight(`${module}.bias`, [out], fans, bias)] : names;
  } // prettier-ignore

  #weight(name: string, dims: readonly number[], fans: Fans, initialization: Initialization): string {
    this.#weights.push({ name, dims, fans, initialization });
    return name;
  }

  /** A module that is used again has a number then: `/layer1/layer1.0/relu_1/Relu`. */
  #nodeName(scope: string, op: string): string {
    for (let number = 0; ; number++) {
      const name = `${scope}${number ? `_${number}` : ''}/${op}`;
      if (!this.#graph.producer(`${name}_output_0`)) return name;
    }
  }

  #add(
    module: string,
    op: string,
    inputs: readonly string[],
    shape: Omit<Value, 'name'>,
    values: Parameters<typeof attributes>[0] = {},
  ): Value {
    const name = this.#nodeName(scopeOf(module), op);
    const output = `${name}_output_0`;
    const { channels, height, width } = shape;
    this.#graph.add(new Node(name, op, inputs, [output], attributes(values)));
    return { name: output, channels, height, width };
  }
}

/** From the seed and the name alone: the order of layers does not matter. */
async function firstValues({ name, dims, fans, initialization }: Weight, seed: number, signal: AbortSignal): Promise<Tensor> {
  const next = initialization(seededRandom(seed, name), fans);
  const values = new Float32Array(sizeOf(dims));
  for (let done = 0; done < values.length; done += valuesAtOnce) {
    if (done > 0) await setImmediate();
    throwIfCancelled(signal);
    for (let i = done; i < Math.min(done + valuesAtOnce, values.length); i++) values[i] = next();
  }
  return Tensor.of(DataType.float32, dims, values);
}

/** `layer1.0.conv1` is `/layer1/layer1.0/conv1`: a module of a list carries the list's name. */
function scopeOf(module: string): string {
  let last = '';
  return module
    .split('.')
    .filter((part) => part !== '')
    .map((part) => `/${(last = /^\d+$/.test(part) ? `${last}.${part}` : part)}`)
    .join('');
}

const both = (value: number | readonly [number, number]): readonly [number, number] => (typeof value === 'number' ? [value, value] : value);
const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Height and width of what windows see. Throws `architecture.input` where not one fits. */
function windows(input: Value, options: PoolOptions, architecture: string): { height: number; width: number } {
  const { padding = 0, ceil = false } = options;
  const [kernel, stride] = [both(options.kernel), both(options.stride)];
  const round = ceil ? Math.ceil : Math.floor;
  const [height, width] = [input.height, input.width].map((size, i) => round((size + 2 * padding - kernel[i]!) / stride[i]!) + 1) as [number, number]; // prettier-ignore
  if (height >= 1 && width >= 1) return { height, width };
  throw new LatheError('architecture.input', `the input is too small for ${architecture}: nothing of it is left behind its layers`, {
    hint: 'Give larger pictures, or a smaller stride (--stride).',
  });
}
