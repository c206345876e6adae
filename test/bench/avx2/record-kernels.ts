/**
 * Asks ONNX Runtime's kernels which neighbouring weights saturate together, and what they make of random sums; prints
 * test/unit/quantize/avx2-kernels.json. Only says something on a CPU without VNNI, real or made by avx2.ts:
 *   npx esbuild test/bench/avx2/record-kernels.ts --bundle --platform=node --format=esm --packages=external --outfile=node_modules/.cache/record.mjs
 *   LD_PRELOAD="FOLDER/mask-cpuid.so FOLDER/libonnxruntime.so.1" node node_modules/.cache/record.mjs
 */
import { seededRandom } from '../../../src/engine/base/random.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { buildModel } from '../../support/model-builder.ts';

export interface Layer {
  readonly op: 'Conv' | 'MatMul';
  /** Channels of one group. */
  readonly channels: number;
  readonly kernel: readonly number[];
  readonly group: number;
}

const layers: readonly Layer[] = [
  { op: 'Conv', channels: 3, kernel: [3, 3], group: 1 },
  { op: 'Conv', channels: 4, kernel: [3, 3], group: 1 },
  { op: 'Conv', channels: 5, kernel: [2, 2], group: 1 },
  { op: 'Conv', channels: 8, kernel: [1, 1], group: 1 },
  { op: 'Conv', channels: 7, kernel: [1, 1], group: 1 },
  { op: 'Conv', channels: 1, kernel: [3, 3], group: 1 },
  { op: 'Conv', channels: 2, kernel: [3, 3], group: 2 },
  { op: 'Conv', channels: 3, kernel: [3], group: 1 },
  { op: 'Conv', channels: 3, kernel: [2, 2, 2], group: 1 },
  { op: 'MatMul', channels: 7, kernel: [], group: 1 },
  { op: 'MatMul', channels: 16, kernel: [], group: 1 },
];

const runtime = await createOrtRuntime();
const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
/** Steps of the output: sums up to 255 * 400 in magnitude fit. */
const outputScale = 400;

/** Runs one layer on raw uint8 codes and int8 weights [rows][depth]; returns dequantized sums, one list of outputs for each row. */
async function run(layer: Layer, rows: readonly Int8Array[], input: (index: number) => number, zeroPoint: number): Promise<number[][]> {
  const { op, channels, kernel, group } = layer;
  const depth = channels * product(kernel);
  const convolution = op === 'Conv';
  const outputs = convolution ? rows.length * group : rows.length;
  const weights = new Int8Array(outputs * depth);
  for (let row = 0; row < outputs; row++) {
    for (let k = 0; k < depth; k++) weights[convolution ? row * depth + k : k * outputs + row] = rows[row % rows.length]![k]!;
  }
  const dims = convolution ? [1, channels * group, ...kernel.map((size) => size + 4)] : [5, channels];
  const zero = (count: number): Tensor => Tensor.of(DataType.int8, [count], new Int8Array(count));
  const model = buildModel({
    opset: 13,
    inputs: [{ name: 'x', shape: dims }],
    outputs: [{ name: 'y' }],
    nodes: [
      ['QuantizeLinear', ['x', 'one', 'inputZero'], ['xq']],
      ['DequantizeLinear', ['xq', 'one', 'zero'], ['xd']],
      ['DequantizeLinear', ['w', 'ws', 'wz'], ['wd'], { axis: convolution ? 0 : 1 }],
      [op, ['xd', 'wd'], ['c'], convolution ? { group } : {}],
      ['QuantizeLinear', ['c', 'os', 'oz'], ['yq']],
      ['DequantizeLinear', ['yq', 'os', 'oz'], ['y']],
    ],
    initializers: {
      one: Tensor.float32([], [1]),
      inputZero: Tensor.of(DataType.uint8, [], Uint8Array.of(0)),
      zero: Tensor.of(DataType.uint8, [], Uint8Array.of(zeroPoint)),
      w: Tensor.of(DataType.int8, convolution ? [outputs, channels, ...kernel] : [depth, outputs], weights),
      ws: Tensor.float32([outputs], new Float32Array(outputs).fill(1)),
      wz: zero(outputs),
      os: Tensor.float32([], [outputScale]),
      oz: Tensor.of(DataType.uint8, [], Uint8Array.of(128)),
    },
  });
  const session = await runtime.load(encodeModel(model), { optimize: 'all', threads: 1 });
  const data = Float32Array.from({ length: product(dims) }, (_, i) => input(i));
  const result = (await session.run({ x: { type: DataType.float32, dims, data } }))['y']!.data as Float32Array;
  await session.dispose();
  const places = result.length / outputs;
  return Array.from({ length: outputs }, (_, row) =>
    Array.from({ length: places }, (__, place) => result[convolution ? row * places + place : place * outputs + row]!),
  );
}

/** All pairs of places whose products are added in 16 bits: 127 * 255 twice gives 64770 exactly, half of it saturated. */
async function pairs(layer: Layer): Promise<string[]> {
  const depth = layer.channels * product(layer.kernel);
  const all: [number, number][] = [];
  for (let i = 0; i < depth; i++) for (let j = i + 1; j < depth; j++) all.push([i, j]);
  const rows = all.map(([i, j]) => Int8Array.from({ length: depth }, (_, k) => (k === i || k === j ? 127 : 0)));
  // The output's range is exceeded above 51000 - that is enough to tell 32767 from 64770.
  const sums = await run(layer, rows, () => 255, 0);
  return all.filter((_, pair) => sums[pair]!.every((sum) => sum < 40_000)).map((pair) => pair.join());
}

const seed = 7;
/** The first four outputs of six channels, in steps of the output. */
async function randomSums(layer: Layer): Promise<number[]> {
  const depth = layer.channels * product(layer.kernel);
  const random = seededRandom(seed, JSON.stringify(layer));
  const rows = Array.from({ length: 6 }, () => Int8Array.from({ length: depth }, () => random.integer(255) - 127));
  const codes = Uint8Array.from({ length: 64 }, () => 128 + random.integer(128));
  const sums = await run(layer, rows, (i) => codes[i % 64]!, 100);
  return sums.flatMap((row) => row.slice(0, 4).map((sum) => sum / outputScale));
}

const found = [];
for (const layer of layers) found.push({ ...layer, pairs: await pairs(layer), sums: await randomSums(layer) });
process.stdout.write(`${JSON.stringify({ runtime: `${runtime.name} ${runtime.version}`, seed, layers: found })}\n`);
