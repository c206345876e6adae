import { expect, it } from 'vitest';
import { fixedSummary, fixOffers, offerText } from '../../../../src/extension/boards/fit/offers.ts';
import type { CheckDocument, CheckedNode, OfferedFix } from '../../../../src/protocol/results/board.ts';

const slope: OfferedFix = { id: 'leaky-relu-slope', title: 'Set the slope', effect: 'changed' };
const norm: OfferedFix = { id: 'batch-norm-order', title: 'Fold it', effect: 'exact' };
const train: OfferedFix = { id: 'normalization-advice', title: 'Train with BatchNormalization', effect: 'advice' };

const node = (name: string, ...fixes: OfferedFix[]): CheckedNode => ({
  name,
  op: 'Conv',
  verdict: 'no',
  reason: '',
  rule: '',
  device: 'CPU',
  fixes,
});
const document: Pick<CheckDocument, 'nodes'> = {
  nodes: [node('a', slope), node('b', slope, norm), node('c', train), node('d\u202e<b>', slope), node('e', slope), { ...node('f') }],
};
const offers = (layers?: string[]) => fixOffers(document as CheckDocument, layers);

it('counts the layers of each fix, exact ones first and no advice', () => {
  expect(offers().map(({ id, layers }) => [id, layers.length])).toEqual([
    ['batch-norm-order', 1],
    ['leaky-relu-slope', 4],
  ]);
});

it('offers for some layers what is offered for them', () => {
  expect(offers(['a', 'c']).map(({ id, layers }) => [id, layers])).toEqual([['leaky-relu-slope', ['a']]]);
});

it('says how many, what it means and which, in visible signs', () => {
  const [exact, changed] = offers().map(offerText);
  expect(exact).toEqual({ description: '1 layer, exact: computes the same', detail: 'b' });
  expect(changed).toEqual({ description: '4 layers, changed: train again, or look at the loss', detail: 'a, b, d\\u202e<b> and 1 more' });
});

it.each([
  [[], null, 'Nothing had to be rewritten'],
  [['exact'], null, '1 rewriting; not a bit of the outputs differs'],
  [['exact', 'changed'], 31.25, '2 rewritings, 1 of them to be trained again; outputs differ by at most 0.25 (31.3 dB)'],
] as const)('sums up %j', (effects, sqnrDb, text) => {
  const applied = effects.map((effect) => ({ id: 'x', nodes: ['a'], effect, message: '' }));
  expect(fixedSummary({ applied, proof: { pictures: 2, maxAbs: 0.25, sqnrDb, equal: false } })).toBe(text);
});
