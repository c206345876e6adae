import { describe, expect, it } from 'vitest';
import { nextRung } from '../../../src/engine/report/next-rung.ts';
import type { ReportedLayer } from '../../../src/engine/report/types.ts';

const layer = (name: string, sqnrDb: number | null, bits = 4): ReportedLayer => ({
  name,
  op: 'Conv',
  weights: { bits, type: 'int8', granularity: 'channel', sqnr: 20 },
  error: { sqnrDb, cosine: 1, maxAbs: 0, meanShift: 0 },
});
const relu = (name: string, sqnrDb: number): ReportedLayer => ({ ...layer(name, sqnrDb), weights: null });
const quantize = (settings: object = {}) => [{ step: 'quantize', index: 0, settings: { method: 'static', round: 'nearest', ...settings } }];
const many = (from: number): ReportedLayer[] => Array.from({ length: 6 }, (_, i) => layer(`/l${i}`, from - i));

describe('what to try where the loss is too large', () => {
  it('names the few layers at which the error comes in, not those that it passes through', () => {
    // /bad brings 12 dB; what follows has the same noise without adding any.
    const found = nextRung([...many(40), layer('/bad', 12), relu('/relu', 12), layer('/after', 12.1)], quantize());
    expect(found).toEqual({ text: '1 layer brings 99 % of the error: keep this layer in 8 bits', layers: [['/bad', { weights: 8 }]] });
  });

  it('keeps layers in float that have 8 bits already', () => {
    const found = nextRung([...many(50), layer('/a', 12, 8), layer('/b', 9, 8)], quantize());
    expect(found?.text).toMatch(/^2 layers bring \d+ % of the error: keep them in float$/);
    expect(found?.layers).toEqual([
      ['/a', { quantize: false }],
      ['/b', { quantize: false }],
    ]);
  });

  it('rounds by layer where the error is spread, once', () => {
    const spread = Array.from({ length: 9 }, (_, i) => layer(`/l${i}`, -10 * Math.log10((i + 1) / 100)));
    expect(nextRung(spread, quantize())?.set).toEqual({ 'steps.0.quantize.round': 'layer' });
    expect(nextRung(spread, quantize({ round: 'layer' }))).toEqual({ text: expect.stringContaining('more bits') as string });
  });

  it('has nothing to say of runs that did not quantize statically, and survives runs without figures', () => {
    expect(nextRung(many(20), [{ step: 'prune', index: 0, settings: {} }])).toBeUndefined();
    expect(nextRung(many(20), quantize({ method: 'dynamic' }))).toBeUndefined();
    expect(nextRung([layer('/same', null)], quantize())?.set).toBeDefined();
  });
});
