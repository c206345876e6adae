import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { cloneModel } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { inferShapes } from '../../../src/engine/ops/infer.ts';
import { withoutQuantizers } from '../../../src/engine/pipeline/export/float.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import { checkFormat } from '../../../src/engine/targets/check-format.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { simulations } from '../../../src/engine/targets/simulations.ts';
import { DataFlow } from '../../../src/engine/targets/verdict/data-flow.ts';
import { findVerdict } from '../../../src/engine/targets/verdicts.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { otherNetworks } from '../../support/other-networks.ts';
import { noise, request, run, runtime, sqnr } from '../../unit/quantize/support.ts';

const names = ['esp32s3', 'hailo8', 'tensorrt'] as const;

async function quantized(target: string, network: (typeof otherNetworks)[number], more: Record<string, unknown> = {}): Promise<Model> {
  const defaults = Object.fromEntries(
    Object.entries(findTarget(target)!.settings['quantize']!).flatMap(([key, { default: value }]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );
  const dependencies = { runtime, context: plainContext(), dataset: noiseDataset(24, network.picture) };
  return (await quantizeStatic(network.model(), request({ ...defaults, ...more }, {}, target), dependencies)).model;
}

describe.each(names)('networks quantized for %s', (target) => {
  it.each(otherNetworks.map((network) => [network.what, network] as const))(
    '%s: keep to its formats, run in ONNX Runtime, and are near the float model; without quantizers too',
    async (_, network) => {
      const limits = findTarget(target)!;
      const model = await quantized(target, network);
      expect(checkFormat(model, limits)).toEqual([]);
      const [dims, data] = [[1, ...network.picture], noise(network.picture.reduce((a, b) => a * b, 1), 'held out')]; // prettier-ignore
      const float = await run(encodeModel(network.model()), dims, data, 'none');
      const written = await run(encodeModel(model), dims, data, 'none');
      expect(sqnr(float, written)).toBeGreaterThan(8);
      if (limits.fixPositions) {
        const simulated = await run(encodeModel(simulations[limits.fixPositions](model).model), dims, data, 'none');
        expect(sqnr(written, simulated)).toBeGreaterThan(15);
      }
      const plain = cloneModel(model);
      withoutQuantizers(plain);
      expect(plain.graph.nodes.filter(({ op }) => /QuantizeLinear$|DequantizeLinear$/.test(op))).toEqual([]);
      expect(plain.graph.outputs.map(({ name }) => name)).toEqual(model.graph.outputs.map(({ name }) => name));
      expect(sqnr(float, await run(encodeModel(plain), dims, data, 'none'))).toBeGreaterThan(8);
    },
  );

  it('has a verdict on every node of them, with a rule that is in its table', () => {
    const verdict = findVerdict(target)!;
    const rules = new Set(verdict.rules.map(({ name }) => name));
    for (const network of otherNetworks) {
      const model = network.model();
      const flow = new DataFlow(inferShapes(model).forOnePicture(model));
      const judged = verdict.judge({ flow });
      expect([...judged.keys()]).toEqual([...flow.nodes]);
      for (const { rule, reason } of judged.values()) expect([rules.has(rule), reason.length > 0]).toEqual([true, true]);
    }
  });
});

it('16 bits stay powers of two for the ESP32-S3', async () => {
  const [network] = otherNetworks;
  const model = await quantized('esp32s3', network!, { weights: 16, activations: 16 });
  expect(checkFormat(model, findTarget('esp32s3')!)).toEqual([]);
  const [dims, data] = [[1, ...network!.picture], noise(network!.picture.reduce((a, b) => a * b, 1), 'held out')]; // prettier-ignore
  const float = await run(encodeModel(network!.model()), dims, data, 'none');
  expect(sqnr(float, await run(encodeModel(model), dims, data, 'none'))).toBeGreaterThan(40);
});

it('a model of another target is found out by its formats', async () => {
  const [network] = otherNetworks;
  const forCpu = await quantized('hailo8', network!);
  const kinds = (target: string): string[] =>
    [...new Set(checkFormat(forCpu, findTarget(target)!).map(({ constraint }) => constraint))].sort();
  expect(kinds('esp32s3')).toEqual(['granularity', 'scale', 'type']);
  expect(kinds('tensorrt')).toEqual(['bias', 'type']);
  expect(kinds('hailo8')).toEqual([]);
});

it('says which zero point and which scale is wrong', async () => {
  const [network] = otherNetworks;
  const model = await quantized('esp32s3', network!);
  const node = model.graph.nodes.find(({ op }) => op === 'QuantizeLinear')!;
  model.graph.initializers.set('odd scale', Tensor.float32([], [0.3]));
  model.graph.initializers.set('odd zero', Tensor.of(DataType.int8, [], Int8Array.of(3)));
  model.graph.setInput(node, 1, 'odd scale');
  expect(checkFormat(model, findTarget('esp32s3')!)[0]).toEqual({
    node: node.label,
    constraint: 'scale',
    message: 'its scale 0.30000001192092896 is no power of two',
  });
  model.graph.setInput(node, 2, 'odd zero');
  expect(checkFormat(model, findTarget('esp32s3')!)[0]?.message).toBe('its zero point is 3; esp32s3 takes 0');
});
