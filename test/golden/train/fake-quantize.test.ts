import { beforeAll, describe, expect, it } from 'vitest';
import { addGradients } from '../../../src/engine/autodiff/differentiate.ts';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { gradientDomain } from '../../../src/engine/ops/gradient/rule.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { lowerBlocked } from '../../../src/engine/train/lower/blocked/index.ts';
import { probeBlock } from '../../../src/engine/train/lower/blocked/probe.ts';
import { lower } from '../../../src/engine/train/lower/lowering.ts';
import { portable } from '../../../src/engine/train/lower/portable/index.ts';
import { buildModel } from '../../support/model-builder.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

const dims = [2, 6, 3, 5];
const size = 180;
/** Which of the scales an element has. */
const channelOf = (i: number): number => Math.floor(i / 15) % 6;

interface Range {
  readonly low: number;
  readonly high: number;
  readonly perChannel: boolean;
}

/** Half to even, as ONNX rounds. */
const round = (value: number): number => (Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

/** Esser et al. 2020, eqs. 1 to 4, element by element. */
function expected({ low, high, perChannel }: Range, x: Float32Array, scales: Float32Array, r: Float32Array): { y: number[]; dx: number[]; ds: number[] } {
  const [y, dx, ds] = [[] as number[], [] as number[], Array<number>(scales.length).fill(0)];
  const factor = 1 / Math.sqrt((size / scales.length) * Math.max(1, Math.abs(high)));
  x.forEach((value, i) => {
    const place = perChannel ? channelOf(i) : 0;
    const s = scales[place]!;
    const v = value / s;
    const code = Math.min(high, Math.max(low, round(v)));
    const inside = v >= low && v <= high;
    y.push(code * s);
    dx.push(inside ? r[i]! : 0);
    ds[place]! += r[i]! * (inside ? code - v : code) * factor;
  });
  return { y, dx, ds };
} // prettier-ignore

async function found(range: Range, x: Float32Array, scales: Float32Array, r: Float32Array, blocked: boolean): Promise<{ y: number[]; dx: number[]; ds: number[] }> {
  const { low, high, perChannel } = range;
  const scale = { name: 's', shape: perChannel ? [6] : [] };
  const model = buildModel({
    inputs: [{ name: 'x', shape: dims }, scale],
    outputs: [{ name: 'y', shape: dims }],
    nodes: [
      // Puts the values into blocked form, unchanged.
      ['Conv', ['x', 'ones'], ['xx'], { group: 6 }],
      ['FakeQuantize', ['xx', 's'], ['y'], { low, high, axis: perChannel ? 1 : -1 }, { name: 'fq', domain: gradientDomain }],
      ['Mul', ['y', 'r'], ['p']],
      ['ReduceSum', ['p'], ['loss'], { keepdims: 0 }],
    ],
    initializers: { r: Tensor.float32(dims, r), ones: Tensor.float32([6, 1, 1, 1], new Float32Array(6).fill(1)) },
    domains: { [gradientDomain]: 1 },
    opset: 21,
    irVersion: 10,
  });
  const gradients = addGradients(model, ['x', 's'], 'loss');
  const names = ['y', gradients.get('x')!, gradients.get('s')!];
  model.graph.outputs = names.map((name) => ({ name, type: { kind: 'tensor', elementType: DataType.float32 } }));
  const shapes = inferShapes(model);
  if (blocked) lowerBlocked(model, (await probeBlock(runtime))!, shapes);
  lower(model, portable, shapes);
  model.opsets.delete(gradientDomain);
  const session = await runtime.load(encodeModel(model), { optimize: 'basic', threads: 1, keepQdq: true });
  try {
    const results = await session.run({ x: { type: DataType.float32, dims, data: x }, s: { type: DataType.float32, dims: scale.shape, data: scales } });
    const [y, dx, ds] = names.map((name) => Array.from(results[name]!.data as Float32Array));
    return { y: y!, dx: dx!, ds: ds! };
  } finally {
    await session.dispose();
  }
} // prettier-ignore

describe('fake quantization', () => {
  const ranges: Range[] = [
    { low: -128, high: 127, perChannel: false },
    { low: 0, high: 255, perChannel: false },
    { low: -8, high: 7, perChannel: false },
    { low: 0, high: 15, perChannel: false },
    { low: -2, high: 1, perChannel: false },
    { low: -1000, high: 1000, perChannel: false },
    { low: -127, high: 127, perChannel: true },
    { low: -1, high: 1, perChannel: true },
  ];
  for (const range of ranges) {
    const name = `${range.low} to ${range.high}${range.perChannel ? ' by channel' : ''}`;
    for (const blocked of [false, true]) {
      it(`${name}${blocked ? ', blocked' : ''}`, async (context) => {
        if (blocked && (await probeBlock(runtime)) === undefined) return context.skip('ONNX Runtime has no blocked operators on this machine');
        const random = seededRandom(1, name);
        const r = Float32Array.from({ length: size }, () => random.normal());
        // A third of the values is cut off.
        const scales = Float32Array.from({ length: range.perChannel ? 6 : 1 }, () => (0.7 + 0.6 * random.next()) / Math.max(1, range.high));
        const x = Float32Array.from({ length: size }, () => random.normal());
        const [want, have] = [expected(range, x, scales, r), await found(range, x, scales, r, blocked)];
        have.y.forEach((value, i) => expect(value, `y ${i}`).toBeCloseTo(want.y[i]!, 5));
        have.dx.forEach((value, i) => expect(value, `dx ${i}`).toBeCloseTo(want.dx[i]!, 5));
        have.ds.forEach((value, i) => expect(Math.abs(value - want.ds[i]!), `ds ${i}: ${value} for ${want.ds[i]}`).toBeLessThan(2e-3 * (1 + Math.abs(want.ds[i]!))));
      });
    }
  }
}); // prettier-ignore
