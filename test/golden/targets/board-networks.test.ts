import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import { findTarget } from '../../../src/engine/targets/index.ts';
import { checkPositions } from '../../../src/engine/targets/zcu104/check-positions.ts';
import { simulate } from '../../../src/engine/targets/zcu104/simulate.ts';
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
      const float = await run(encodeModel(network.model()), dims, data, 'none');
      // A HardSigmoid in place of a Sigmoid is another function.
      if (!notes.some((note) => note.includes('HardSigmoid'))) expect(sqnr(float, simulated)).toBeGreaterThan(8);
    },
  );
});
