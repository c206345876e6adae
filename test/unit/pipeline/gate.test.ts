import { expect, it } from 'vitest';
import { checkGate, gateVerdict } from '../../../src/engine/pipeline/gate.ts';
import type { BoxCounts, Measurement } from '../../../src/protocol/results/common.ts';

const measured = (value: number, boxes?: BoxCounts, better: 'high' | 'low' = 'high'): Measurement => ({
  metric: 'ap50',
  unit: '%',
  better,
  value,
  samples: 9,
  confidence: [value, value],
  ...(boxes ? { boxes } : {}),
});
const before = measured(97, { found: 43, false: 1, total: 43 });

it.each([
  ['keeps all limits', { drop: 2, 'lost-boxes': 1, 'false-boxes': 3 }, measured(95, { found: 42, false: 3, total: 43 }), true],
  ['loses more of the metric', { drop: 1, 'lost-boxes': 1, 'false-boxes': 3 }, measured(95, { found: 42, false: 3, total: 43 }), false],
  ['loses more boxes', { drop: 2, 'lost-boxes': 0 }, measured(97, { found: 42, false: 0, total: 43 }), false],
  ['has more false ones', { drop: 2, 'false-boxes': 2 }, measured(97, { found: 43, false: 3, total: 43 }), false],
  ['finds more', { drop: 0, 'lost-boxes': 0 }, measured(98, { found: 44, false: 9, total: 44 }), true],
  ['is no number', { drop: 100 }, measured(NaN), false],
  ['has no counts', { drop: 2, 'lost-boxes': 9 }, measured(97), false],
] as const)('a run that %s: %j', (_, gate, after, met) => {
  expect(gateVerdict(gate, before, after).met).toBe(met);
});

it('tells every limit with what was measured', () => {
  const after = measured(95, { found: 41, false: 4, total: 43 });
  expect(gateVerdict({ drop: 3, 'lost-boxes': 1, 'false-boxes': 5 }, before, after)).toEqual({
    drop: 3,
    measured: 2,
    lostBoxes: { allowed: 1, measured: 2 },
    falseBoxes: { allowed: 5, measured: 4 },
    met: false,
  });
  expect(gateVerdict({ drop: 3 }, before, after)).toEqual({ drop: 3, measured: 2, met: true });
  expect(gateVerdict({ drop: 0.2 }, measured(2, undefined, 'low'), measured(2.1, undefined, 'low')).met).toBe(true);
});

it('limits of boxes where none are counted are refused before anything is done', () => {
  const rows = [{ index: 0, fused: 0 }];
  expect(() => checkGate({ drop: 1, 'false-boxes': 3 }, { metric: 'top1', rows, setting: {} })).toThrow(/top1 counts none/);
  expect(() => checkGate({ drop: 1, 'lost-boxes': 3 }, { metric: 'ap50', rows, setting: { decode: { kind: 'yunet' } } })).not.toThrow();
  expect(() => checkGate({ drop: 1 }, { metric: 'top1', rows, setting: {} })).not.toThrow();
});
