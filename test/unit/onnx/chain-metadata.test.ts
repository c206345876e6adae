import { expect, it } from 'vitest';
import { compositionOf } from '../../../src/engine/chain/split.ts';
import { chainMetadataKey, readComposition } from '../../../src/engine/onnx/chain-metadata.ts';
import { Graph, Model } from '../../../src/engine/onnx/graph.ts';

const link = { alias: 'a', inputs: [{ name: 'x', value: 'a:x', source: 's' }], outputs: [{ name: 'y', value: 'a:y' }] };
const saying = (text: string): Model => {
  const model = new Model(new Graph());
  model.metadata.set(chainMetadataKey, text);
  return model;
};

it('what a composed model says of its parts is read', () => {
  expect(readComposition(saying(JSON.stringify({ links: [link] })).metadata)).toEqual({ links: [link] });
  expect(compositionOf(new Model(new Graph()))).toBeUndefined();
});

it.each([
  '',
  'null',
  '{"links":3}',
  '{"links":[null]}',
  '{"links":[{"alias":"a"}]}',
  JSON.stringify({ links: [{ ...link, alias: '__proto__ x' }] }),
  JSON.stringify({ links: [{ ...link, inputs: [{ name: 'x' }] }] }),
  JSON.stringify({ links: [{ ...link, outputs: [null] }] }),
  JSON.stringify({ links: Array.from({ length: 257 }, () => link) }),
])('a foreign entry is refused, not believed: %s', (text) => {
  expect(readComposition(saying(text).metadata)).toBe('unreadable');
  expect(() => compositionOf(saying(text))).toThrow('cannot be read');
});
