import fs from 'node:fs';
import path from 'node:path';

/** A small network before and after an edit: fewer channels, a normalization folded, an activation added; and what measuring the two would say. */
export function comparedModels({ buildModel, encodeModel, Tensor }, folder) {
  const numbers = (dims, seed) =>
    Tensor.float32(
      dims,
      Array.from({ length: dims.reduce((x, y) => x * y, 1) }, (_, i) => Math.sin(i * 1.7 + seed)),
    );
  const vector = (size) => numbers([size], 3);
  const conv = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
  const ends = { inputs: [{ name: 'x', shape: [1, 3, 16, 16] }], outputs: [{ name: 'y', shape: [1, 8, 16, 16] }] };
  const a = buildModel({
    ...ends,
    nodes: [
      ['Conv', ['x', 'w1'], ['c1'], conv, { name: 'conv1' }],
      ['BatchNormalization', ['c1', 's', 's', 's', 'v'], ['n1'], {}, { name: 'norm' }],
      ['Relu', ['n1'], ['r1'], {}, { name: 'relu1' }],
      ['Conv', ['r1', 'w2'], ['c2'], conv, { name: 'conv2' }],
      ['Relu', ['c2'], ['y'], {}, { name: 'relu2' }],
    ],
    initializers: {
      w1: numbers([8, 3, 3, 3], 1),
      w2: numbers([8, 8, 3, 3], 2),
      s: vector(8),
      v: Tensor.float32([8], new Float32Array(8).fill(1)),
    },
  });
  const b = buildModel({
    ...ends,
    nodes: [
      ['Conv', ['x', 'w1'], ['c1'], conv, { name: 'conv1' }],
      ['Relu', ['c1'], ['r1'], {}, { name: 'relu1' }],
      ['Sigmoid', ['r1'], ['e1'], {}, { name: 'extra' }],
      ['Conv', ['e1', 'w2'], ['c2'], conv, { name: 'conv2' }],
      ['Relu', ['c2'], ['y'], {}, { name: 'relu2' }],
    ],
    initializers: { w1: numbers([6, 3, 3, 3], 1), w2: numbers([8, 6, 3, 3], 2) },
  });
  const files = { a: path.join(folder, 'a.onnx'), b: path.join(folder, 'b.onnx') };
  fs.writeFileSync(files.a, encodeModel(a));
  fs.writeFileSync(files.b, encodeModel(b));
  return { ...files, document: document(files) };
}

const layer = (name, op, sqnrDb) => ({
  a: name,
  b: name,
  op,
  sqnrDb,
  cosine: 0.99,
  maxAbs: 0.1,
  meanShift: 0.01,
  outputs: {
    low: -1,
    high: 3,
    a: [1, 4, 9, 4, 2, 1, 1, 1],
    b: [1, 5, 9, 4, 2, 1, 0, 0],
    channels: 8,
    worst: [{ channel: 2, low: -0.5, high: 3, sqnr: 4.2, share: 0.6 }],
    ranges: [{ estimator: 'minmax', low: -1, high: 3 }],
  },
});

const document = ({ a, b }) => ({
  inputs: [a, b],
  structure: { added: [], removed: [], changed: [] },
  layers: [layer('conv1', 'Conv', 30), layer('relu1', 'Relu', 28), layer('conv2', 'Conv', 7), layer('relu2', 'Relu', 9)],
  outputs: [],
  size: { a: 1, b: 1 },
  samples: 8,
  warnings: [],
});
