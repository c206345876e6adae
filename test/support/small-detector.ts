import { seededRandom } from '../../src/engine/base/random.ts';
import type { Model } from '../../src/engine/onnx/graph.ts';
import { floatAttribute } from '../../src/engine/onnx/graph.ts';
import { Tensor } from '../../src/engine/onnx/tensor.ts';
import { buildModel, type BuildNode } from './model-builder.ts';

export interface DetectorOptions {
  readonly kind: 'yunet' | 'yolov5' | 'yolov8';
  readonly classes: number;
  /** Of heads of the kind `yunet`. */
  readonly landmarks?: number;
  readonly seed?: number;
}

/** Pixels of the pictures that the detector takes. */
export const side = 64;
const strides = [8, 16];
const channels = [12, 24, 32, 48];
/** First probability of an object (Lin et al. 2017, arXiv:1708.02002, section 4.1). */
const prior = Math.log(0.02 / 0.98);

/** An untrained detector of 30,000 weights: convolutions with stride 2, and a head at strides 8 and 16 whose outputs are those of the detectors that `decode` knows. */
export function smallDetector({ kind, classes, landmarks = 0, seed = 0 }: DetectorOptions): Model {
  const nodes: BuildNode[] = [];
  const initializers: Record<string, Tensor> = {};
  const add = (op: string, inputs: string[], output: string, attributes: BuildNode[3] = {}): string => {
    nodes.push([op, inputs, [output], attributes, { name: `/${output}` }]);
    return output;
  };
  const list = (name: string, values: readonly number[]): string => {
    initializers[name] = Tensor.int64([values.length], values);
    return name;
  };
  const conv = (name: string, x: string, [out, of, kernel]: readonly [number, number, number], stride: number, bias = 0): string => {
    const random = seededRandom(seed, name);
    const scale = Math.sqrt(2 / (of * kernel * kernel));
    const size = out * of * kernel * kernel;
    initializers[`${name}.weight`] = Tensor.float32([out, of, kernel, kernel], Float32Array.from({ length: size }, () => scale * random.normal())); // prettier-ignore
    initializers[`${name}.bias`] = Tensor.float32([out], new Float32Array(out).fill(bias));
    const pad = (kernel - 1) / 2;
    return add('Conv', [x, `${name}.weight`, `${name}.bias`], name, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
  };
  const block = (name: string, x: string, [out, of]: readonly [number, number], stride: number): string => {
    const convolved = conv(`${name}.conv`, x, [out, of, 3], stride);
    const parts = ['scale', 'shift', 'mean', 'variance'].map((part, i) => {
      initializers[`${name}.${part}`] = Tensor.float32([out], new Float32Array(out).fill(i % 3 === 0 ? 1 : 0));
      return `${name}.${part}`;
    });
    return add('Relu', [add('BatchNormalization', [convolved, ...parts], `${name}.norm`, { epsilon: floatAttribute(1e-5) })], name);
  };

  let value = 'image';
  let width = 3;
  const maps: { stride: number; map: string; width: number }[] = [];
  channels.forEach((count, i) => {
    value = block(`block${i}`, value, [count, width], 2);
    width = count;
    const stride = 2 ** (i + 1);
    if (strides.includes(stride)) maps.push({ stride, map: block(`head${stride}`, value, [32, width], 1), width: 32 });
  });

  /** [batch, cells, fields] */
  const rows = (
    name: string,
    output: string,
    { map, stride }: (typeof maps)[0],
    fields: number,
    bias: number,
    isScore: boolean,
  ): string => {
    const convolved = conv(`${name}${stride}.conv`, map, [fields, 32, 1], 1, bias);
    const turned = add('Transpose', [convolved], `${name}${stride}.turned`, { perm: [0, 2, 3, 1] });
    const shape = list(`${name}${stride}.shape`, [-1, (side / stride) ** 2, fields]);
    if (!isScore) return add('Reshape', [turned, shape], output);
    return add('Sigmoid', [add('Reshape', [turned, shape], `${output}.odds`)], output);
  };

  const outputs: { name: string; shape: (number | string)[] }[] = [];
  if (kind === 'yunet') {
    for (const [field, fields, bias] of [
      ['cls', classes, 0],
      ['obj', 1, prior],
      ['bbox', 4, 0.5],
      ['kps', 2 * landmarks, 0.5],
    ] as const) {
      // prettier-ignore
      for (const map of fields > 0 ? maps : []) {
        const name = `${field}_${map.stride}`;
        outputs.push({ name: rows(field, name, map, fields, bias, bias === prior || field === 'cls'), shape: ['N', (side / map.stride) ** 2, fields] });
      }
    }
  } else {
    const cells = maps.flatMap(({ stride }) => Array.from({ length: (side / stride) ** 2 }, (_, i) => ({ stride, column: i % (side / stride), row: Math.floor(i / (side / stride)) }))); // prettier-ignore
    const places = cells.length;
    initializers['cells'] = Tensor.float32([1, places, 2], Float32Array.from(cells.flatMap(({ column, row }) => [column, row])));
    initializers['strides'] = Tensor.float32([1, places, 1], Float32Array.from(cells.map(({ stride }) => stride)));
    const all = (name: string, fields: number, bias: number): string =>
      add('Concat', maps.map((map) => rows(name, `${name}${map.stride}.rows`, map, fields, bias, false)), name, { axis: 1 }); // prettier-ignore
    const [middles, sizes] = [all('middle', 2, 0.5), all('size', 2, 0.5)];
    const parts = [
      add('Mul', [add('Add', [middles, 'cells'], 'middle.cells'), 'strides'], 'middle.pixels'),
      add('Mul', [add('Exp', [sizes], 'size.exp'), 'strides'], 'size.pixels'),
      ...(kind === 'yolov5' ? [add('Sigmoid', [all('object', 1, prior)], 'object.score')] : []),
      add('Sigmoid', [all('class', classes, kind === 'yolov5' ? 0 : prior)], 'class.score'),
    ];
    const joined = (): string => add('Concat', parts, 'output0', { axis: 2 });
    if (kind === 'yolov5') outputs.push({ name: joined(), shape: ['N', places, 5 + classes] });
    else {
      const columns = parts.map((part) => add('Transpose', [part], `${part}.columns`, { perm: [0, 2, 1] }));
      // As exported: the sigmoid stands on columns.
      outputs.push({ name: add('Concat', columns, 'output0', { axis: 1 }), shape: ['N', 4 + classes, places] });
    }
  }
  return buildModel({ inputs: [{ name: 'image', shape: ['N', 3, side, side] }], outputs, nodes, initializers, opset: 17 });
}
