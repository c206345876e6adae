import { describe, expect, it } from 'vitest';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { writtenOperators } from '../../../src/engine/targets/zcu104/xmodel/operators/index.ts';
import { operatorCases } from '../../support/xir/operators.ts';
import { prove } from '../../support/xir/proof.ts';
import { vendorLoader, vendorReference } from '../../support/xir/vendor.ts';
import { noise } from '../../unit/quantize/support.ts';

const runtime = await createOrtRuntime();
for (const found of [vendorLoader(), vendorReference()])
  if ('reason' in found) process.stdout.write(`not compared with the vendor's: ${found.reason}\n`);

/** Computed with the exponential function of each program: the last bit may differ, and with it a rounding. */
const exponential = ['Sigmoid', 'Tanh', 'Softmax'];
/** Operators that the reference has no rule for. */
const beyondReference = ['Tanh', 'Sub', 'Div', 'ReduceMax', 'ReduceSum'];
const formsBeyondReference = ['ConvTranspose: depthwise', 'DepthToSpace: as PyTorch', 'Pad: reflected'];

describe('every operator that is exported', () => {
  it('has a graph here', () => {
    const covered = new Set(operatorCases.flatMap(({ model }) => model().graph.nodes.map(({ op }) => op)));
    expect([...writtenOperators].filter((op) => !covered.has(op) && op !== 'Constant')).toEqual([]);
  });

  it.each(operatorCases.map((one) => [one.what, one] as const))('%s', async (what, { op, model, input }) => {
    const picture = noise(input.reduce((a, b) => a * b, 1), 'picture').map((value) => 2 * value); // prettier-ignore
    const found = await prove(model(), [picture], runtime, {
      reference: !beyondReference.includes(op) && !formsBeyondReference.includes(what),
    });
    expect(found.loaded ?? { status: 0, mismatches: 0 }).toMatchObject({ status: 0, mismatches: 0 });
    if (found.reference) expect(found.reference.differ).toBe(0);
    const steps = found.simulation.largest * 2 ** 4;
    if (exponential.includes(op)) expect(steps).toBeLessThanOrEqual(1);
    else expect(steps).toBe(0);
  });
});
