import { describe, expect, it } from 'vitest';
import type { LayerView } from '../../../src/protocol/view.ts';
import { arrange, type Order } from '../../../webview/model/filter.ts';

const layer = (index: number, name: string, op: string, macs: number | null, parameters = 0): LayerView => ({
  index,
  name,
  op,
  outputShape: [1, index + 1, 8, 8],
  parameters,
  weightBytes: parameters * 4,
  macs,
});
const layers = [
  layer(0, '/conv10', 'Conv', 2e6, 648),
  layer(1, '/conv2', 'ConvTranspose', 500, 12),
  layer(2, '/relu', 'Relu', 0),
  layer(3, '/fc/Gemm', 'Gemm', null, 10_000),
];
const inOrder: Order = { column: 'index', descending: false };
const names = (query: string, order = inOrder): string[] => arrange(layers, query, order).map(({ name }) => name);

describe('finding layers', () => {
  it.each([
    ['', ['/conv10', '/conv2', '/relu', '/fc/Gemm']],
    ['CONV', ['/conv10', '/conv2']],
    ['op:conv 2', ['/conv2']],
    ['>1M', ['/conv10']],
    ['macs<=500', ['/conv2', '/relu']],
    ['params>=10k', ['/fc/Gemm']],
    ['shape:3x8', ['/relu']],
    ['-op:conv -relu', ['/fc/Gemm']],
    ['nothing', []],
  ])('%j finds %j', (query, found) => {
    expect(names(query)).toEqual(found);
  });
});

describe('sorting layers', () => {
  it('counts numbers inside names as numbers', () => {
    expect(names('conv', { column: 'name', descending: false })).toEqual(['/conv2', '/conv10']);
  });

  it('puts unknown figures last in both directions', () => {
    expect(names('', { column: 'macs', descending: true }).at(-1)).toBe('/fc/Gemm');
    expect(names('', { column: 'macs', descending: false }).at(-1)).toBe('/fc/Gemm');
  });

  it('leaves the list it was given alone', () => {
    arrange(layers, '', { column: 'macs', descending: true });
    expect(layers.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });
});
