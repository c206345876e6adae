import { beforeAll, describe, expect, it } from 'vitest';
import { addGradients, missingGradients } from '../../../src/engine/autodiff/differentiate.ts';
import { seededRandom, shuffle, type Random } from '../../../src/engine/base/random.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { differentiable } from '../../../src/engine/ops/gradient/index.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime, RuntimeTensor, Session } from '../../../src/engine/runtime/runtime.ts';
import { lower } from '../../../src/engine/train/lower/lowering.ts';
import { portable } from '../../../src/engine/train/lower/portable/index.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';
import { cases, type Case } from './cases.ts';

/** Largest difference allowed, as a part of the gradient's length. */
const tolerance = 3e-3;
const size = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

interface Drawn {
  readonly name: string;
  readonly index: number;
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

/** The inputs of a case that are drawn, in the places that fixed ones leave. */
function draw(test: Case, random: Random): Drawn[] {
  const [low, high] = test.range ?? [-1, 1];
  const places = Array.from({ length: 16 }, (_, index) => index).filter((index) => !test.fixed?.[index]);
  let level = 0;
  return test.shapes.map((dims, i) => {
    const count = size(dims);
    let values = Float32Array.from({ length: count }, () => low + (high - low) * random.next());
    if (test.distinct) values = Float32Array.from(shuffle(Array.from({ length: count }, (_, k) => k * 0.3 + (level += 0.1) * 0), random)).map((v) => v + i * 0.1);
    values = values.map((value) => (test.kinks ?? []).reduce((moved, kink) => (Math.abs(moved - kink) < 0.06 ? kink + 0.06 : moved), value));
    return { name: `x${places[i]!}`, index: places[i]!, dims, values };
  });
} // prettier-ignore

/** loss = Σ y · r over all outputs, r drawn. */
function lossModel(test: Case, drawn: readonly Drawn[], random: Random): Model {
  const outputs = Array.from({ length: test.outputs ?? 1 }, (_, i) => `y${i}`);
  const last = Math.max(...drawn.map(({ index }) => index), ...Object.keys(test.fixed ?? {}).map(Number));
  const names = Array.from({ length: last + 1 }, (_, i) => (test.fixed?.[i] ? `c${i}` : drawn.some(({ index }) => index === i) ? `x${i}` : ''));
  const statistics = test.op === 'BatchNormalization' && test.attributes?.['training_mode'] ? ['running_mean', 'running_var'] : [];
  const node: BuildNode = [test.op, names, [...outputs, ...statistics], test.attributes ?? {}, { name: 'node', domain: test.domain ?? '' }];
  const initializers: Record<string, Tensor> = { axes: Tensor.int64([0], []) };
  for (const [index, { dims, ints, floats, bools }] of Object.entries(test.fixed ?? {})) {
    initializers[`c${index}`] = ints ? Tensor.int64(dims, ints) : bools ? Tensor.of(DataType.bool, dims, Uint8Array.from(bools)) : Tensor.float32(dims, floats ?? []);
  }
  const inputs = drawn.map(({ name, dims }) => ({ name, shape: dims }));
  const domains: Record<string, number> = test.domain ? { [test.domain]: 1 } : {};
  const forward = buildModel({ inputs, outputs, nodes: [node], initializers, opset: test.opset ?? 21, irVersion: 10, domains });
  const shapes = inferShapes(forward);
  const nodes: BuildNode[] = [node];
  outputs.forEach((output, i) => {
    const dims = shapes.of(output)!.shape as number[];
    initializers[`r${i}`] = Tensor.float32(dims, Float32Array.from({ length: size(dims) }, () => 2 * random.next() - 1));
    nodes.push(['Mul', [output, `r${i}`], [`p${i}`]], ['ReduceSum', [`p${i}`], [`s${i}`], { keepdims: 0 }]);
  });
  nodes.push(['Sum', outputs.map((_, i) => `s${i}`), ['loss']]);
  return buildModel({ inputs, outputs: [{ name: 'loss', shape: [] }], nodes, initializers, opset: test.opset ?? 21, irVersion: 10, domains });
} // prettier-ignore

async function gradientsOf(model: Model, drawn: readonly Drawn[]): Promise<Map<string, Float32Array>> {
  const copy = cloneModel(model);
  const gradients = addGradients(copy, drawn.map(({ name }) => name), 'loss'); // prettier-ignore
  lower(copy, portable);
  copy.opsets.delete('lathe.gradient');
  copy.graph.outputs = [...gradients.values()].map((name) => ({ name, type: { kind: 'tensor', elementType: DataType.float32 } }));
  const session = await runtime.load(encodeModel(copy), { optimize: 'basic', threads: 1 });
  try {
    const results = await session.run(feeds(drawn));
    return new Map([...gradients].map(([value, name]) => [value, Float32Array.from(results[name]!.data as Float32Array)]));
  } finally {
    await session.dispose();
  }
}

const feeds = (drawn: readonly Drawn[], moved?: string, step?: Float32Array, by = 0): Record<string, RuntimeTensor> =>
  Object.fromEntries(
    drawn.map(({ name, dims, values }) => [
      name,
      { type: DataType.float32, dims, data: name === moved ? values.map((value, i) => value + by * step![i]!) : values },
    ]),
  );

/** The slope along a direction by central differences: of second order with a long step where the function is linear, else of fourth. */
async function slope(session: Session, drawn: readonly Drawn[], name: string, direction: Float32Array, linear: boolean): Promise<number> {
  const at = async (by: number): Promise<number> => Number((await session.run(feeds(drawn, name, direction, by)))['loss']!.data[0]);
  if (linear) return ((await at(1)) - (await at(-1))) / 2;
  const h = 0.02;
  return (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
}

const title = (test: Case): string =>
  `${test.op} ${test.shapes.map((dims) => dims.join('×')).join(', ')} ${JSON.stringify(test.attributes ?? {})}${test.domain ?? ''}`;

describe('gradients agree with central differences', () => {
  for (const [number, test] of cases.entries()) {
    it(title(test), async () => {
      const random = seededRandom(number, 'gradients');
      const drawn = draw(test, random);
      const model = lossModel(test, drawn, random);
      const gradients = await gradientsOf(model, drawn);
      const session = await runtime.load(encodeModel(model), { optimize: 'none', threads: 1 });
      try {
        for (const { name, dims } of drawn) {
          const gradient = gradients.get(name)!;
          expect(gradient, name).toHaveLength(size(dims));
          const length = Math.hypot(...gradient);
          const directions = [
            Float32Array.from(gradient, () => (random.next() < 0.5 ? -1 : 1)),
            ...Array.from({ length: 4 }, () => {
              const one = new Float32Array(gradient.length);
              one[random.integer(gradient.length)] = 1;
              return one;
            }),
          ];
          for (const direction of directions) {
            const expected = await slope(session, drawn, name, direction, test.linear ?? false);
            const found = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
            expect(Math.abs(found - expected), `${name}: ${found} for ${expected}`).toBeLessThan(tolerance * (length + 0.1));
          }
        }
      } finally {
        await session.dispose();
      }
    });
  }

  it('checks every operator that has a rule', () => {
    const checked = new Set(cases.map(({ op }) => op));
    const flat = ['Ceil', 'Floor', 'Round', 'Sign'];
    expect(differentiable.filter((op) => !checked.has(op) && !flat.includes(op))).toEqual([]);
  });
});

describe('what has no gradient', () => {
  it('is named before anything runs', () => {
    const model = buildModel({
      inputs: [{ name: 'x', shape: [2, 3] }],
      outputs: [{ name: 'loss', shape: [] }],
      nodes: [
        ['Det', ['x'], ['y'], {}, { name: 'odd' }],
        ['ReduceSum', ['y'], ['loss'], { keepdims: 0 }],
      ],
      opset: 21,
    });
    expect(missingGradients(model, ['x'], 'loss').map(({ node }) => node)).toEqual(['odd']);
  });
});
