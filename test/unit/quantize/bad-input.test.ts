import { describe, expect, it } from 'vitest';
import { LatheError, formatError } from '../../../src/engine/base/errors.ts';
import type { Dataset, LoadedSample } from '../../../src/engine/data/types.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import type { QuantizeResult } from '../../../src/engine/quantize/types.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { oddNetworks, type OddNetwork } from '../../support/odd-networks.ts';
import { methods, type Method } from './methods.ts';
import { dependencies, request, runtime, sqnr } from './support.ts';

/** Noise pictures; class numbers for a network that reads int64. */
function pictures(odd: OddNetwork, model: Model, count = 6): Dataset {
  const dataset = noiseDataset(count, odd.picture);
  const type = model.graph.inputs[0]!.type;
  if (type?.kind !== 'tensor' || type.elementType !== DataType.int64) return dataset;
  return {
    ...dataset,
    async *stream(options) {
      for await (const sample of dataset.stream(options)) {
        const data = BigInt64Array.from(sample.input.data as Float32Array, (value) => BigInt(Math.min(9, Math.round(Math.abs(3 * value)))));
        yield { ...sample, input: { ...sample.input, type: DataType.int64, data } } satisfies LoadedSample;
      }
    },
  };
}

async function outputs(bytes: Uint8Array, dataset: Dataset, batch: number): Promise<Float32Array[]> {
  const session = await runtime.load(bytes, { optimize: 'none', threads: 1 });
  const found: number[][] = session.outputs.map(() => []);
  try {
    for await (const { input } of dataset.stream({ signal: new AbortController().signal })) {
      const data =
        batch === 1 ? input.data : Float32Array.from(Array.from({ length: batch }, () => [...(input.data as Float32Array)]).flat());
      const dims = [batch, ...input.dims];
      const result = await session.run({ [session.inputs[0]!.name]: { ...input, dims, data } });
      session.outputs.forEach(({ name }, i) => found[i]!.push(...(result[name]!.data as Float32Array)));
    }
  } finally {
    await session.dispose();
  }
  return found.map((numbers) => Float32Array.from(numbers));
}

/** Nodes of the result that compute in float and that the report says nothing of. */
function silentlyLeftOut({ model, notQuantized }: QuantizeResult): string[] {
  const { graph } = model;
  const shapes = inferShapes(model);
  const named = new Set(notQuantized.map(({ name }) => name));
  const isQuantized = (value: string): boolean => {
    const uses = graph.users(value);
    const [use] = uses;
    if (use && uses.length === 1 && ['Relu', 'Clip'].includes(use.node.op)) return isQuantized(use.node.outputs[0]!);
    return uses.length > 0 && uses.every(({ node }) => node?.op === 'QuantizeLinear');
  };
  return (
    graph.nodes
      .filter((node) => !['QuantizeLinear', 'DequantizeLinear', 'Constant', 'Identity'].includes(node.op))
      // Keeps quantized values apart from a layer that stays in float (keep-apart.ts).
      .filter((node) => node.op !== 'Clip' || node.inputs.length > 1)
      .filter((node) => shapes.of(node.outputs[0]!, graph)?.type === DataType.float32)
      .filter((node) => !named.has(node.label) && !isQuantized(node.outputs[0]!))
      .map((node) => `${node.op} ${node.label}`)
  );
}

async function attempt(odd: OddNetwork, method: Method): Promise<QuantizeResult | LatheError> {
  const model = odd.model();
  try {
    return await quantizeStatic(model, request(method.settings, {}, method.target), { ...dependencies([]), dataset: pictures(odd, model) });
  } catch (error) {
    if (error instanceof LatheError) return error;
    throw error;
  }
}

describe.each(oddNetworks.map((odd) => [odd.what, odd] as const))('a network with %s', (_, odd) => {
  it.each(methods.map((method) => [method.name, method] as const))('%s', async (_name, method) => {
    const result = await attempt(odd, method);
    if (method.refused) return expect(['quantize.nothing', method.refused]).toContain((result as LatheError).code);
    if (odd.error) {
      expect(result).toMatchObject({ code: odd.error.code });
      expect(formatError(result as LatheError)).toMatch(odd.error.says);
      return;
    }
    if (result instanceof LatheError) throw result;
    for (const [name, reason] of Object.entries(odd.left ?? {})) {
      expect(result.notQuantized.find((row) => row.name === name)?.reason ?? 'not said', name).toMatch(reason);
    }
    expect(silentlyLeftOut(result)).toEqual([]);
    const float = odd.model();
    const declared = float.graph.inputs[0]!.type;
    const shape = declared?.kind === 'tensor' ? declared.shape : undefined;
    const batch = typeof shape?.[0] === 'number' ? shape[0] : 1;
    const dataset = pictures(odd, float);
    const wanted = await outputs(encodeModel(float), dataset, batch);
    const found = await outputs(encodeModel(result.model), dataset, batch);
    wanted.forEach((numbers, i) => {
      expect(found[i]!.length).toBe(numbers.length);
      if (odd.least === 0 || numbers.every((value) => value === 0)) return;
      expect(found[i]!.every(Number.isFinite)).toBe(true);
      if (!method.coarse && numbers.length) expect(sqnr(numbers, found[i]!)).toBeGreaterThan(odd.least);
    });
  });
});

it('one picture is enough', async () => {
  const odd = oddNetworks.find(({ what }) => what.startsWith('free height'))!;
  for (const method of methods.filter(({ refused }) => !refused)) {
    const model = odd.model();
    const result = await quantizeStatic(model, request(method.settings, {}, method.target), {
      ...dependencies([]),
      dataset: pictures(odd, model, 1),
    });
    expect(silentlyLeftOut(result)).toEqual([]);
  }
});
