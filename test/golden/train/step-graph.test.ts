import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { probeBlock } from '../../../src/engine/train/lower/blocked/probe.ts';
import { portable } from '../../../src/engine/train/lower/portable/index.ts';
import { flatten, parametersOf } from '../../../src/engine/train/parameters.ts';
import { stepGraph, type StepOptions } from '../../../src/engine/train/step-graph.ts';
import { branchedNetwork, invertedNetwork, residualNetwork, slicedNetwork, transformer } from '../../support/trained-networks.ts';

const batch = 16;
let runtime: Runtime;
let block: number | undefined;
beforeAll(async () => {
  runtime = await createOrtRuntime();
  block = await probeBlock(runtime);
});

interface Step {
  readonly loss: number;
  readonly gradients: Float32Array;
  readonly statistics: Float32Array;
}

type Choice = Partial<Pick<StepOptions, 'block' | 'batchNormalization'>>;

/** Loss, gradients and statistics of one batch; `at` moves the parameters first. */
async function steps(model: Model, choice: Choice, moves: readonly ((weights: Float32Array) => Float32Array)[]): Promise<Step[]> {
  const parameters = parametersOf(model);
  const losses = [{ loss: crossEntropy({ smoothing: 0.1 }), weight: 1 }];
  const step = stepGraph(model, { batch, parameters, losses, lowering: portable, batchNormalization: 'training', ...choice });
  const session = await runtime.load(encodeModel(step.model), { optimize: 'basic', threads: 1, unplannedMemory: true });
  const random = seededRandom(7, 'batch');
  const data = Float32Array.from({ length: batch * 3 * 16 * 16 }, () => random.normal());
  const labels = new Float32Array(batch * 5);
  for (let i = 0; i < batch; i++) labels[i * 5 + random.integer(5)] = 1;
  const weights = flatten(model.graph, parameters);
  const found: Step[] = [];
  try {
    for (const move of moves) {
      const moved = move(weights);
      const results = await session.run({
        x: { type: DataType.float32, dims: [batch, 3, 16, 16], data },
        labels: { type: DataType.float32, dims: [batch, 5], data: labels },
        parameters: { type: DataType.float32, dims: [moved.length], data: moved },
      });
      found.push({
        loss: Number(results[step.names.loss]!.data[0]),
        gradients: Float32Array.from(results[step.names.gradients]!.data as Float32Array),
        statistics: Float32Array.from((results[step.names.statistics]?.data ?? []) as Float32Array),
      });
    }
    return found;
  } finally {
    await session.dispose();
  }
}

const same = (weights: Float32Array): Float32Array => weights;
const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i]!)) / (Math.hypot(...a) + 1e-12);

const networks: Record<string, () => Model> = {
  'residual 16, 32': () => residualNetwork(1, [16, 32]),
  'residual 12, 20, 23': () => residualNetwork(2, [12, 20, 23]),
  'inverted 8, 24, 24': () => invertedNetwork(3, [8, 24, 24]),
  'inverted 16, 32, 32, 48': () => invertedNetwork(4, [16, 32, 32, 48]),
  branched: () => branchedNetwork(5),
  transformer: () => transformer(6),
};

describe('the step of a whole network', () => {
  for (const [name, build] of Object.entries(networks)) {
    it(`follows central differences: ${name}`, async () => {
      const model = build();
      const random = seededRandom(11, name);
      const direction = flatten(model.graph, parametersOf(model)).map(() => (random.next() < 0.5 ? -1 : 1));
      const h = 1e-3;
      const along = (by: number) => (weights: Float32Array) => weights.map((value, i) => value + by * direction[i]!);
      const [at, ...around] = await steps(model, {}, [same, along(h), along(-h), along(2 * h), along(-2 * h)]);
      const [up, down, up2, down2] = around.map(({ loss }) => loss) as [number, number, number, number];
      const slope = (8 * (up - down) - (up2 - down2)) / (12 * h);
      const expected = at!.gradients.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      const length = Math.hypot(...at!.gradients) + 1e-3;
      expect(Math.abs(slope - expected) / length, `${slope} for ${expected}`).toBeLessThan(0.02);
    });

    it(`is the same in blocked layout: ${name}`, async (context) => {
      if (block === undefined) return context.skip('ONNX Runtime has no blocked operators on this machine');
      const model = build();
      const [plain] = await steps(model, {}, [same]);
      const [blocked] = await steps(model, { block }, [same]);
      expect(Math.abs(plain!.loss - blocked!.loss)).toBeLessThan(1e-4);
      expect(distance(plain!.gradients, blocked!.gradients)).toBeLessThan(1e-4);
      expect(plain!.statistics.length).toBe(blocked!.statistics.length);
      if (plain!.statistics.length) expect(distance(plain!.statistics, blocked!.statistics)).toBeLessThan(1e-4);
    });
  }

  for (const width of [16, 32]) {
    it(`with fused activations and a cut shortcut is the same in both layouts: ${width}`, async (context) => {
      if (block === undefined) return context.skip('ONNX Runtime has no blocked operators on this machine');
      const model = slicedNetwork(7, width);
      const [plain] = await steps(model, {}, [same]);
      const [blocked] = await steps(model, { block }, [same]);
      expect(distance(plain!.gradients, blocked!.gradients)).toBeLessThan(1e-4);
    });
  }

  it('with frozen statistics is the same in both layouts', async (context) => {
    if (block === undefined) return context.skip('ONNX Runtime has no blocked operators on this machine');
    const model = residualNetwork(9, [12, 32], 'Tanh');
    const [plain] = await steps(model, { batchNormalization: 'frozen' }, [same]);
    const [blocked] = await steps(model, { batchNormalization: 'frozen', block }, [same]);
    expect(plain!.statistics).toHaveLength(0);
    expect(distance(plain!.gradients, blocked!.gradients)).toBeLessThan(1e-4);
  });

  it('leaves the model alone that it was made from', async () => {
    const model = residualNetwork(10, [16]);
    const before = encodeModel(model);
    await steps(model, { block }, [same]);
    expect(Buffer.compare(encodeModel(model), before)).toBe(0);
  });
});
