import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { compareCut } from '../../support/pruned.ts';
import { randomNetworks } from '../../support/random-networks.ts';
import '../../support/property-seed.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOrtRuntime();
});

/** Networks in one model: sessions cost more than running them. */
const together = 50;

describe('random networks without some of their channels', () => {
  it('compute what they do with the weights that read them set to zero, in 2,000 cases', async () => {
    const network = fc.record({ seed: fc.nat(), length: fc.integer({ min: 1, max: 7 }) });
    const cases = fc.record({
      networks: fc.array(network, { minLength: together, maxLength: together }),
      ratio: fc.constantFrom(0.25, 0.5, 0.7),
    });
    let groups = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ networks, ratio }) => {
        const { model, outputs } = randomNetworks(networks);
        const found = await compareCut(runtime, model, ratio, { integers: true });
        groups += found.coupling.groups.length;
        const off = networks.filter((_, index) => {
          const own = outputs[index]!.map((name) => found.outputs.get(name)!);
          return Math.max(...own.map(({ difference }) => difference)) > 1e-5 * Math.max(1, ...own.map(({ largest }) => largest));
        });
        expect(off).toEqual([]);
      }),
      { numRuns: 2000 / together, endOnFailure: true },
    );
    expect(groups).toBeGreaterThan(3000);
  }, 180_000);
});
