import { expect, it } from 'vitest';
import { composeChain } from '../../../src/engine/chain/compose.ts';
import { splitChain } from '../../../src/engine/chain/split.ts';
import { couplingOf } from '../../../src/engine/prune/groups/index.ts';
import { buildModel } from '../../support/model-builder.ts';
import { randomTensor } from '../../support/odd-networks.ts';

/** Two convolutions, `between` channels between them. */
const network = (channels: number, between: number, made: number) =>
  buildModel({
    inputs: [{ name: 'x', shape: [1, channels, 4, 4] }],
    outputs: ['out'],
    nodes: [
      ['Conv', ['x', 'w_first'], ['first'], {}, { name: 'first' }],
      ['Relu', ['first'], ['r']],
      ['Conv', ['r', 'w_second'], ['out'], {}, { name: 'second' }],
    ],
    initializers: {
      w_first: randomTensor('first', [between, channels, 1, 1]),
      w_second: randomTensor('second', [made, between, 1, 1]),
    },
  });

it.each([
  ['with nothing between them', {}],
  ['with a conversion between them', { scale: 255 }],
])('what one model hands to the next keeps its channels, %s', (_, seam) => {
  const { model, composition } = composeChain([
    { alias: 'a', model: network(3, 8, 6), seams: {} },
    { alias: 'b', model: network(6, 8, 2), seams: { x: { from: { alias: 'a', value: 'out' }, ...seam } } },
  ]);
  const { groups, kept } = couplingOf(model);
  expect(groups.map(({ name }) => name)).toEqual(['a:first', 'b:first']);
  expect(kept.find(({ name }) => name === 'a:second')).toMatchObject({ channels: 6 });
  expect(splitChain(model, composition, 'a').graph.outputs).toHaveLength(1);
});
