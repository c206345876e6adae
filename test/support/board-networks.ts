import { DataType } from '../../src/engine/onnx/data-type.ts';
import { attributes, floatAttribute, Graph, Model, Node } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';

type Attributes = Parameters<typeof attributes>[0];
/** What stands behind a convolution: the operator, or a function that writes several. */
export type Activation = 'Relu' | 'HardSwish' | 'Sigmoid' | { leaky: number } | undefined;

/**
 * Writes networks layer by layer for tests of verdicts. Weights are said to lie in a file that is not there: no verdict may read them.
 */
export class BoardNetwork {
  readonly graph = new Graph();
  #count = 0;

  constructor(readonly input: readonly number[]) {
    this.graph.inputs = [{ name: 'image', type: { kind: 'tensor', elementType: DataType.float32, shape: input } }];
  }

  model(...outputs: string[]): Model {
    this.graph.outputs = outputs.map((name) => ({ name }));
    const model = new Model(this.graph);
    model.opsets.set('', 17);
    return model;
  }

  add(op: string, inputs: readonly string[], values: Attributes = {}): string {
    const name = `${op}_${this.#count++}`;
    this.graph.add(new Node(name, op, inputs, [`${name}_out`], attributes(values)));
    return `${name}_out`;
  }

  weight(...dims: number[]): string {
    const name = `weight_${this.#count++}`;
    const length = dims.reduce((a, b) => a * b, 4);
    this.graph.initializers.set(
      name,
      new Tensor(DataType.float32, dims, { kind: 'file', path: '/none', offset: 0, length, external: false }),
    );
    return name;
  }

  numbers(...values: number[]): string {
    const name = `numbers_${this.#count++}`;
    this.graph.initializers.set(name, Tensor.float32(values.length === 1 ? [] : [values.length], values));
    return name;
  }

  integers(...values: number[]): string {
    const name = `integers_${this.#count++}`;
    this.graph.initializers.set(name, Tensor.int64([values.length], values));
    return name;
  }

  act(x: string, activation: Activation): string {
    if (activation === undefined) return x;
    if (typeof activation === 'string') return this.add(activation, [x]);
    return this.add('LeakyRelu', [x], { alpha: floatAttribute(Math.fround(activation.leaky)) });
  }

  conv(
    x: string,
    from: number,
    to: number,
    kernel: number,
    more: { stride?: number; groups?: number; pad?: number; then?: Activation } = {},
  ): string {
    const { stride = 1, groups = 1, pad = Math.floor((kernel - 1) / 2), then } = more;
    const weights = [this.weight(to, from / groups, kernel, kernel), this.weight(to)];
    const values = { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad], group: groups };
    return this.act(this.add('Conv', [x, ...weights], values), then);
  }

  maxPool(x: string, kernel: number, stride: number, pad: number): string {
    return this.add('MaxPool', [x], { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] });
  }

  upsample(x: string): string {
    return this.add('Resize', [x, '', this.numbers(1, 1, 2, 2)], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
  }

  concat(...parts: string[]): string {
    return this.add('Concat', parts, { axis: 1 });
  }

  /** The mean of the map, as one row, times a matrix. */
  classifier(x: string, channels: number, classes: number): string {
    const flat = this.add('Flatten', [this.add('GlobalAveragePool', [x])], { axis: 1 });
    return this.add('Gemm', [flat, this.weight(classes, channels), this.weight(classes)], { transB: 1 });
  }
}

/** ResNet with bottlenecks, 224×224, three classes; blocks a stage as published: 3, 4, 6, 3 are 50 layers. */
export function resNet(stages: readonly number[]): Model {
  const net = new BoardNetwork([1, 3, 224, 224]);
  let x = net.maxPool(net.conv('image', 3, 64, 7, { stride: 2, then: 'Relu' }), 3, 2, 1);
  let channels = 64;
  for (const [stage, blocks] of stages.entries()) {
    const width = 64 * 2 ** stage;
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const inner = net.conv(net.conv(x, channels, width, 1, { then: 'Relu' }), width, width, 3, { stride, then: 'Relu' });
      const short = block === 0 ? net.conv(x, channels, 4 * width, 1, { stride }) : x;
      x = net.add('Relu', [net.add('Add', [net.conv(inner, width, 4 * width, 1), short])]);
      channels = 4 * width;
    }
  }
  return net.model(net.classifier(x, channels, 3));
}

/** MobileNetV2 (table 2 of the paper), 224×224, three classes. */
export function mobileNetV2(): Model {
  const net = new BoardNetwork([1, 3, 224, 224]);
  let [x, channels] = [net.conv('image', 3, 32, 3, { stride: 2, then: 'Relu' }), 32];
  const rows = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]] as const; // prettier-ignore
  for (const [expand, to, repeats, first] of rows) {
    for (let i = 0; i < repeats; i++) {
      const [before, wide, stride] = [x, channels * expand, i === 0 ? first : 1];
      if (expand > 1) x = net.conv(x, channels, wide, 1, { then: 'Relu' });
      x = net.conv(net.conv(x, wide, wide, 3, { stride, groups: wide, then: 'Relu' }), wide, to, 1);
      if (stride === 1 && channels === to) x = net.add('Add', [x, before]);
      channels = to;
    }
  }
  return net.model(net.classifier(net.conv(x, channels, 1280, 1, { then: 'Relu' }), 1280, 3));
}

/** EfficientNet-B0 with HardSwish and squeeze-and-excitation by Sigmoid, three classes. */
export function efficientNet(): Model {
  const net = new BoardNetwork([1, 3, 224, 224]);
  let [x, channels] = [net.conv('image', 3, 32, 3, { stride: 2, then: 'HardSwish' }), 32];
  const rows = [[1, 16, 1, 1, 3], [6, 24, 2, 2, 3], [6, 40, 2, 2, 5], [6, 80, 3, 2, 3], [6, 112, 3, 1, 5], [6, 192, 4, 2, 5], [6, 320, 1, 1, 3]] as const; // prettier-ignore
  for (const [expand, to, repeats, first, kernel] of rows) {
    for (let i = 0; i < repeats; i++) {
      const [before, wide, stride] = [x, channels * expand, i === 0 ? first : 1];
      if (expand > 1) x = net.conv(x, channels, wide, 1, { then: 'HardSwish' });
      x = net.conv(x, wide, wide, kernel, { stride, groups: wide, then: 'HardSwish' });
      const squeezed = Math.max(1, Math.round(channels / 4));
      const excited = net.conv(net.conv(net.add('GlobalAveragePool', [x]), wide, squeezed, 1, { then: 'HardSwish' }), squeezed, wide, 1);
      x = net.conv(net.add('Mul', [x, net.add('Sigmoid', [excited])]), wide, to, 1);
      if (stride === 1 && channels === to) x = net.add('Add', [x, before]);
      channels = to;
    }
  }
  return net.model(net.classifier(net.conv(x, channels, 1280, 1, { then: 'HardSwish' }), 1280, 3));
}

const boxes = 3 * 85;

/** A head of YOLO: what a convolution makes, by anchors, and what is of one box last. */
function head(net: BoardNetwork, x: string, side: number, reshaped: boolean): string {
  if (!reshaped) return net.add('Transpose', [x], { perm: [0, 2, 3, 1] });
  const parted = net.add('Reshape', [x, net.integers(1, 3, 85, side, side)]);
  return net.add('Transpose', [parted], { perm: [0, 1, 3, 4, 2] });
}

/** YOLOv3 on Darknet-53, 416×416. */
export function yoloV3(slope: number): Model {
  const net = new BoardNetwork([1, 3, 416, 416]);
  const then = { leaky: slope };
  let x = net.conv('image', 3, 32, 3, { then });
  const maps: string[] = [];
  for (const [stage, blocks] of [1, 2, 8, 8, 4].entries()) {
    const to = 64 * 2 ** stage;
    x = net.conv(x, to / 2, to, 3, { stride: 2, then });
    for (let i = 0; i < blocks; i++) x = net.add('Add', [net.conv(net.conv(x, to, to / 2, 1, { then }), to / 2, to, 3, { then }), x]);
    maps.push(x);
  }
  const outputs: string[] = [];
  let channels = 1024;
  for (const [scale, side] of [13, 26, 52].entries()) {
    const width = 512 / 2 ** scale;
    for (let i = 0; i < 2; i++) {
      x = net.conv(net.conv(x, channels, width, 1, { then }), width, 2 * width, 3, { then });
      channels = 2 * width;
    }
    x = net.conv(x, channels, width, 1, { then });
    outputs.push(head(net, net.conv(net.conv(x, width, 2 * width, 3, { then }), 2 * width, boxes, 1), side, true));
    if (scale === 2) break;
    x = net.concat(net.upsample(net.conv(x, width, width / 2, 1, { then })), maps[3 - scale]!);
    channels = width / 2 + width;
  }
  return net.model(...outputs);
}

/** YOLOv5 of depth 0.67 and width 0.75 with LeakyReLU, 640×640. */
export function yoloV5(slope: number): Model {
  const net = new BoardNetwork([1, 3, 640, 640]);
  const then = { leaky: slope };
  const c3 = (x: string, from: number, to: number, repeats: number, short: boolean): string => {
    const half = to / 2;
    let inner = net.conv(x, from, half, 1, { then });
    for (let i = 0; i < repeats; i++) {
      const made = net.conv(net.conv(inner, half, half, 1, { then }), half, half, 3, { then });
      inner = short ? net.add('Add', [inner, made]) : made;
    }
    return net.conv(net.concat(inner, net.conv(x, from, half, 1, { then })), to, to, 1, { then });
  };
  const down = (x: string, from: number, to: number): string => net.conv(x, from, to, 3, { stride: 2, then });
  let x = net.conv('image', 3, 48, 6, { stride: 2, pad: 2, then });
  x = c3(down(x, 48, 96), 96, 96, 2, true);
  const eighth = c3(down(x, 96, 192), 192, 192, 4, true);
  const sixteenth = c3(down(eighth, 192, 384), 384, 384, 6, true);
  x = net.conv(c3(down(sixteenth, 384, 768), 768, 768, 2, true), 768, 384, 1, { then });
  const pools = [x];
  for (let i = 0; i < 3; i++) pools.push(net.maxPool(pools.at(-1)!, 5, 1, 2));
  const low = net.conv(net.conv(net.concat(...pools), 1536, 768, 1, { then }), 768, 384, 1, { then });
  const middle = net.conv(c3(net.concat(net.upsample(low), sixteenth), 768, 384, 2, false), 384, 192, 1, { then });
  const small = c3(net.concat(net.upsample(middle), eighth), 384, 192, 2, false);
  const medium = c3(net.concat(down(small, 192, 192), middle), 384, 384, 2, false);
  const large = c3(net.concat(down(medium, 384, 384), low), 768, 768, 2, false);
  const heads = [[small, 192, 80], [medium, 384, 40], [large, 768, 20]] as const; // prettier-ignore
  return net.model(...heads.map(([map, channels, side]) => head(net, net.conv(map, channels, boxes, 1), side, false)));
}
