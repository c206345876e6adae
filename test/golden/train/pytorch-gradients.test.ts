import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { crossEntropy } from '../../../src/engine/train/losses/cross-entropy.ts';
import { probeBlock } from '../../../src/engine/train/lower/blocked/probe.ts';
import { portable } from '../../../src/engine/train/lower/portable/index.ts';
import { flatten, parametersOf } from '../../../src/engine/train/parameters.ts';
import { stepGraph } from '../../../src/engine/train/step-graph.ts';
import { batch, pictures, referenceBatch, referenceNetworks } from './reference-networks.ts';

interface Golden {
  readonly networks: Readonly<Record<string, { readonly loss: number; readonly gradients: Readonly<Record<string, readonly number[]>> }>>;
}

const golden = JSON.parse(readFileSync(path.join(import.meta.dirname, 'pytorch-gradients.json'), 'utf8')) as Golden;
let runtime: Runtime;
let block: number | undefined;
beforeAll(async () => {
  runtime = await createOrtRuntime();
  block = await probeBlock(runtime);
});

/** As make_gradients.py sums a gradient up: its length, and its products with three waves. */
const waves = [0.1, 0.77, 2.3];
const summary = (gradient: Float32Array): number[] => [
  Math.hypot(...gradient),
  ...waves.map((wave) => gradient.reduce((sum, value, place) => sum + value * Math.sin(place * wave), 0)),
];

async function run(model: Model, blocks: number | undefined): Promise<{ loss: number; gradients: Map<string, number[]> }> {
  const parameters = parametersOf(model);
  const losses = [{ loss: crossEntropy(), weight: 1 }];
  const step = stepGraph(model, { batch, parameters, losses, lowering: portable, batchNormalization: 'training', ...(blocks ? { block: blocks } : {}) });
  const session = await runtime.load(encodeModel(step.model), { optimize: 'none', threads: 1, unplannedMemory: true });
  try {
    const { data, labels } = referenceBatch();
    const weights = flatten(model.graph, parameters);
    const results = await session.run({
      x: { type: DataType.float32, dims: pictures.dims, data },
      labels: { type: DataType.float32, dims: pictures.labels, data: labels },
      parameters: { type: DataType.float32, dims: [weights.length], data: weights },
    });
    const flat = results[step.names.gradients]!.data as Float32Array;
    const gradients = parameters.map(({ name, offset, size }) => [name, summary(flat.subarray(offset, offset + size))] as const);
    return { loss: Number(results[step.names.loss]!.data[0]), gradients: new Map(gradients) };
  } finally {
    await session.dispose();
  }
} // prettier-ignore

/** Of the length of the whole gradient: what single precision leaves. */
const tolerance = 5e-5;

describe("gradients of whole networks are PyTorch's", () => {
  for (const [name, build] of Object.entries(referenceNetworks)) {
    for (const layout of ['standard operators', 'blocked layout'] as const) {
      it(`${name}, ${layout}`, async (context) => {
        if (layout === 'blocked layout' && block === undefined)
          return context.skip('ONNX Runtime has no blocked operators on this machine');
        const { loss, gradients } = await run(build(), layout === 'blocked layout' ? block : undefined);
        const expected = golden.networks[name]!;
        expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-5);
        expect([...gradients.keys()]).toEqual(Object.keys(expected.gradients));
        const whole = Math.hypot(...Object.values(expected.gradients).map(([length]) => length!));
        for (const [parameter, found] of gradients) {
          const most = Math.max(...found.map((value, i) => Math.abs(value - expected.gradients[parameter]![i]!)));
          expect(most / whole, parameter).toBeLessThan(tolerance);
        }
      });
    }
  }
});
