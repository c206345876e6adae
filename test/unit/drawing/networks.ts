import { buildModel, type BuildNode } from '../../support/model-builder.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { floatAttribute, type Model } from '../../../src/engine/onnx/graph.ts';

/** Writes networks down node by node; nothing has a name that says anything, as in stripped files. */
export class NetworkWriter {
  readonly nodes: BuildNode[] = [];
  readonly initializers: Record<string, Tensor> = {};
  #count = 0;

  constructor(readonly nameOf: (op: string, number: number) => string = (_, number) => `n${number}`) {}

  add(op: string, inputs: readonly string[], attributes: NonNullable<BuildNode[3]> = {}): string {
    const number = this.#count++;
    const output = `v${number}`;
    this.nodes.push([op, inputs, [output], attributes, { name: this.nameOf(op, number) }]);
    return output;
  }

  conv(input: string, { channels = 8, inputs = 8, kernel = 3, stride = 1, group = 1 } = {}): string {
    const weight = `w${this.#count}`;
    const dims = [channels, inputs / group, kernel, kernel];
    this.initializers[weight] = Tensor.float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));
    const pad = kernel >> 1;
    return this.add('Conv', [input, weight], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group,
    });
  }

  relu(input: string): string {
    return this.add('Relu', [input]);
  }

  build(output: string, shape: readonly number[] = [1, 8, 32, 32]): Model {
    return buildModel({ inputs: [{ name: 'x', shape }], outputs: [output], nodes: this.nodes, initializers: this.initializers });
  }
}

/** ResNet's basic blocks; the first of each stage but the first has a convolution on its shortcut. */
export function resNet(stages: readonly number[], writer = new NetworkWriter()): Model {
  let at = writer.relu(writer.conv('x'));
  stages.forEach((blocks, stage) => {
    for (let block = 0; block < blocks; block++) {
      const down = stage > 0 && block === 0;
      const main = writer.conv(writer.relu(writer.conv(at, { stride: down ? 2 : 1 })));
      const shortcut = down ? writer.conv(at, { kernel: 1, stride: 2 }) : at;
      at = writer.relu(writer.add('Add', [main, shortcut]));
    }
  });
  return writer.build(writer.add('GlobalAveragePool', [at]));
}

/** MobileNetV2's inverted residuals: only some have a shortcut. */
export function mobileNet(blocks: readonly boolean[]): Model {
  const writer = new NetworkWriter();
  let at = writer.add('Clip', [writer.conv('x')]);
  for (const shortcut of blocks) {
    const wide = writer.add('Clip', [writer.conv(at, { channels: 48, kernel: 1 })]);
    const deep = writer.add('Clip', [writer.conv(wide, { channels: 48, inputs: 48, group: 48 })]);
    const narrow = writer.conv(deep, { inputs: 48, kernel: 1 });
    at = shortcut ? writer.add('Add', [at, narrow]) : narrow;
  }
  return writer.build(writer.add('GlobalAveragePool', [writer.add('Clip', [writer.conv(at, { kernel: 1 })])]));
}

/** A dense block as PyTorch writes it: every layer joins all that came before. */
export function denseNet(layers: number): Model {
  const writer = new NetworkWriter();
  const made = [writer.relu(writer.conv('x'))];
  for (let layer = 0; layer < layers; layer++) {
    const inputs = 8 * (layer + 1);
    const all = writer.add('Concat', [...made], { axis: 1 });
    const narrow = writer.relu(writer.conv(all, { inputs, kernel: 1 }));
    made.push(writer.relu(writer.conv(narrow)));
  }
  return writer.build(writer.add('GlobalAveragePool', [writer.add('Concat', made, { axis: 1 })]));
}

/** Transformer encoder blocks, normalization first. */
export function transformer(blocks: number): Model {
  const writer = new NetworkWriter();
  const weight = (dims: readonly number[]): string => {
    const name = `t${Object.keys(writer.initializers).length}`;
    writer.initializers[name] = Tensor.float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)));
    return name;
  };
  const linear = (input: string): string => writer.add('Add', [writer.add('MatMul', [input, weight([8, 8])]), weight([8])]);
  const norm = (input: string): string =>
    writer.add('LayerNormalization', [input, weight([8]), weight([8])], { epsilon: floatAttribute(1e-5) });
  let at = 'x';
  for (let block = 0; block < blocks; block++) {
    const seen = norm(at);
    const [q, k, v] = [linear(seen), linear(seen), linear(seen)];
    const scores = writer.add('Softmax', [writer.add('MatMul', [q, writer.add('Transpose', [k], { perm: [0, 2, 1] })])], { axis: -1 });
    const attended = writer.add('Add', [at, linear(writer.add('MatMul', [scores, v]))]);
    at = writer.add('Add', [attended, linear(writer.relu(linear(norm(attended))))]);
  }
  return writer.build(norm(at), [1, 4, 8]);
}

/** Four branches side by side, joined. */
export function inception(blocks: number): Model {
  const writer = new NetworkWriter();
  let at = writer.add('MaxPool', [writer.relu(writer.conv('x'))], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  for (let block = 0; block < blocks; block++) {
    const one = writer.relu(writer.conv(at, { channels: 2, kernel: 1 }));
    const three = writer.relu(writer.conv(writer.relu(writer.conv(at, { kernel: 1 })), { channels: 2 }));
    const five = writer.relu(writer.conv(writer.relu(writer.conv(at, { kernel: 1 })), { channels: 2, kernel: 5 }));
    const pool = writer.add('MaxPool', [at], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
    at = writer.add('Concat', [one, three, five, writer.relu(writer.conv(pool, { channels: 2, kernel: 1 }))], { axis: 1 });
  }
  return writer.build(writer.add('GlobalAveragePool', [at]));
}

/** Convolutions down, up again, with a joint at each height. */
export function uNet(depth: number): Model {
  const writer = new NetworkWriter();
  const double = (input: string, inputs = 8): string => writer.relu(writer.conv(writer.relu(writer.conv(input, { inputs }))));
  const kept: string[] = [];
  let at = 'x';
  for (let level = 0; level < depth; level++) {
    kept.push((at = double(at)));
    at = writer.add('MaxPool', [at], { kernel_shape: [2, 2], strides: [2, 2] });
  }
  at = double(at);
  for (const skip of kept.reverse()) {
    const weight = `u${writer.nodes.length}`;
    writer.initializers[weight] = Tensor.float32([8, 8, 2, 2], new Float32Array(256));
    const up = writer.add('ConvTranspose', [at, weight], { kernel_shape: [2, 2], strides: [2, 2] });
    at = double(writer.add('Concat', [up, skip], { axis: 1 }), 16);
  }
  return writer.build(at);
}
