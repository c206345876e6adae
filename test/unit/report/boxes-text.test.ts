import { expect, it } from 'vitest';
import * as report from '../../../src/engine/report/format.ts';
import * as hosts from '../../../src/protocol/format.ts';

/** The engine reads no code of other rooms, and views none of the engine: both have these words. */
it.each([
  { found: 42, total: 43, false: 3 },
  { found: 0, total: 0, false: 0 },
])('boxes are told in the same words in reports and elsewhere', (boxes) => {
  expect(report.boxesText(boxes)).toBe(hosts.boxesText(boxes));
});

it.each([
  {},
  { lostBoxes: { allowed: 1, measured: 2 } },
  { lostBoxes: { allowed: 0, measured: 0 }, falseBoxes: { allowed: 3, measured: 4 } },
])('a gate says the same of boxes: %j', (gate) => {
  expect(report.gateBoxesText(gate)).toBe(hosts.gateBoxesText(gate));
});
