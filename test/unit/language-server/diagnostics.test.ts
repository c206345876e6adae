import { expect, it } from 'vitest';
import { diagnostics } from '../../../language-server/service/diagnostics.ts';
import { request } from './support.ts';

it('finds a misspelt key at its place', () => {
  const [found] = diagnostics(request('version: 1\nmodle: model.onnx\n'));
  expect(found).toMatchObject({ code: 'recipe.unknown-key', range: { start: { line: 1, character: 0 }, end: { line: 1, character: 5 } } });
});
