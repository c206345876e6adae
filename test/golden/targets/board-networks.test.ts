import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { checkPositions } from '../../../src/engine/targets/zcu104/check-positions.ts';
import { simulate } from '../../../src/engine/targets/zcu104/simulate.ts';
import { exportXmodel } from '../../../src/engine/targets/zcu104/xmodel/export.ts';
import { permuted } from '../../../src/engine/targets/zcu104/xmodel/layout.ts';
import { decodeXir, encodeXir } from '../../../src/engine/xir/codec.ts';
import { evaluateXir } from '../../../src/engine/xir/evaluate/index.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { otherNetworks } from '../../support/other-networks.ts';
import { noise, request, run, runtime, sqnr } from '../../unit/quantize/support.ts';

const defaults = Object.fromEntries(
  Object.entries(findTarget('zcu104')!.settings['quantize']!).flatMap(([key, { default: value }]) =>
    value === undefined ? [] : [[key, value]],
  ),
);

describe('networks quantized for the DPU', () => {
  it.each(otherNetworks.map((network) => [network.what, network] as const))(
    '%s: every shift is allowed, and the simulation is near what was quantized',
    async (_, network) => {
      const dependencies = { runtime, context: plainContext(), dataset: noiseDataset(24, network.picture) };
      const { model, notes } = await quantizeStatic(network.model(), request(defaults, {}, 'zcu104'), dependencies);
      expect(checkPositions(model)).toEqual([]);
      const { model: floats } = simulate(model);
      const [dims, data] = [[1, ...network.picture], noise(network.picture.reduce((a, b) => a * b, 1), 'held out')]; // prettier-ignore
      const [written, simulated] = [await run(encodeModel(model), dims, data, 'none'), await run(encodeModel(floats), dims, data, 'none')];
      // They differ in the rounding of halves, in cut operands and in means alone.
      expect(sqnr(written, simulated)).toBeGreaterThan(15);
      if (model.graph.nodes.some(({ op }) => op === 'LayerNormalization')) {
        expect(() => exportXmodel(model, 'network')).toThrow(/XIR has no form for LayerNormalization/);
      } else {
        const bytes = Buffer.concat([...encodeXir(exportXmodel(model, 'network').graph)] as Uint8Array[]);
        expectSame(simulated, exportedResult(decodeXir(new Uint8Array(bytes)), dims, data));
      }
      const float = await run(encodeModel(network.model()), dims, data, 'none');
      // A HardSigmoid in place of a Sigmoid is another function.
      if (!notes.some((note) => note.includes('HardSigmoid'))) expect(sqnr(float, simulated)).toBeGreaterThan(8);
    },
  );
});

/** What the exported file computes, in the order of ONNX. */
function exportedResult(graph: ReturnType<typeof decodeXir>, dims: readonly number[], data: Float32Array): Float32Array {
  const [, channels = 1, height = 1, width = 1] = dims;
  const input = graph.ops.find(({ type }) => type === 'data')!;
  const values = evaluateXir(graph, new Map([[input.name, permuted(data, [1, channels, height, width], [0, 2, 3, 1])]]));
  const { shape, data: result } = values.get((graph.attributes.get('return_ops')!.value as string[])[0]!)!;
  return shape.length === 4 ? permuted(result, shape, [0, 3, 1, 2]) : result;
}

/** Equal numbers; an exponential on the way (Softmax, Sigmoid) may cost the last bit. */
function expectSame(simulated: ArrayLike<number>, exported: Float32Array): void {
  expect(exported).toHaveLength(simulated.length);
  Array.from(simulated).forEach((value, i) =>
    expect(Math.abs(value - exported[i]!), `element ${i}`).toBeLessThanOrEqual(Math.abs(value) * 2 ** -22),
  );
}
