import { expect, it } from 'vitest';
import { placeAt } from '../../../language-server/service/text/place-at.ts';
import { requestAt } from './support.ts';

const places: [marked: string, path: (string | number)[] | undefined, at?: 'key' | 'value'][] = [
  ['|version: 1', ['version'], 'key'],
  ['vers|ion: 1', ['version'], 'key'],
  ['version: |1', ['version'], 'value'],
  ['version: 1|', ['version'], 'value'],
  ['version: 1\nsteps:\n  - quantize: { wei|ghts: 4 }\n', ['steps', 0, 'quantize', 'weights'], 'key'],
  ['version: 1\nsteps:\n  - quantize: { weights: 4| }\n', ['steps', 0, 'quantize', 'weights'], 'value'],
  ['version: 1\nsteps:\n  - quantize: { weights: 4 |}\n', ['steps', 0, 'quantize'], 'value'],
  ['layers:\n  "a: |b": { weights: 4 }\n', ['layers', 'a: b'], 'key'],
  ['{"data": {"test": {"path": "x|"}}}', ['data', 'test', 'path'], 'value'],
  ['a: &x 1\nb: *|x\n', ['b'], 'value'],
  ['# only a |remark', undefined],
];

it.each(places)('%j', (marked, path, at) => {
  const { document, offset } = requestAt(marked);
  const place = placeAt(document, offset);
  if (path) expect(place).toMatchObject({ path, at });
  else expect(place).toBeUndefined();
});
