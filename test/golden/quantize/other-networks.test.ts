import { describe, expect, it } from 'vitest';
import { plainContext } from '../../../src/engine/base/context.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { quantizeStatic } from '../../../src/engine/quantize/static.ts';
import type { QuantizeResult } from '../../../src/engine/quantize/types.ts';
import { noiseDataset } from '../../support/fake-dataset.ts';
import { otherNetworks, type OtherNetwork } from '../../support/other-networks.ts';
import { methods, type Method } from '../../unit/quantize/methods.ts';
import { noise, request, run, runtime, sqnr } from '../../unit/quantize/support.ts';

/** Least signal to noise of the output at 8 bits, dB: per-channel weights, noise pictures, networks of random weights. */
const least = 20;

async function quantized(
  network: OtherNetwork,
  { settings, target }: Pick<Method, 'settings' | 'target'>,
  { threads = 1, pictures = 24 } = {},
): Promise<QuantizeResult> {
  const dependencies = { runtime, context: plainContext({ threads }), dataset: noiseDataset(pictures, network.picture) };
  return quantizeStatic(network.model(), request(settings, {}, target), dependencies);
}

async function quality(network: OtherNetwork, bytes: Uint8Array): Promise<number> {
  const size = network.picture.reduce((a, b) => a * b, 1);
  const [dims, data] = [[16, ...network.picture], noise(16 * size, 'held out')];
  const float = await run(encodeModel(network.model()), dims, data, 'none');
  return sqnr(float, await run(bytes, dims, data, 'none'));
}

describe.each(otherNetworks.map((network) => [network.what, network] as const))('%s', (_, network) => {
  it.each(methods.filter(({ refused }) => !refused).map((method) => [method.name, method] as const))(
    '%s: loads, is near float, same bytes with any threads',
    async (_name, method) => {
      const result = await quantized(network, method);
      const bytes = encodeModel(result.model);
      const found = await quality(network, bytes);
      if (!method.coarse) expect(found).toBeGreaterThan(least);
      else expect(found).toBeGreaterThan(0);
      expect(Buffer.from(encodeModel((await quantized(network, method, { threads: 3 })).model)).equals(bytes)).toBe(true);
    },
  );

  it('leaves in float only what has no integer kernel, and says why', async () => {
    const { notQuantized } = await quantized(network, { settings: {} });
    const unexpected = notQuantized.filter(
      ({ op, reason }) => !network.float.includes(op) && !/operands do not come|no integer kernel reads|computed at run time/.test(reason),
    );
    expect(unexpected).toEqual([]);
  });

  it('rounding by layer beats nearest at 4 bits, and better ranges do not hurt', async () => {
    const by = async (settings: Method['settings']): Promise<number> =>
      quality(network, encodeModel((await quantized(network, { settings }, { pictures: 100 })).model));
    const nearest = await by({ weights: 4 });
    expect(await by({ weights: 4, round: 'layer' })).toBeGreaterThan(nearest);
    expect(await by({ calibrate: 'mse' })).toBeGreaterThan(least - 3);
  });
});
