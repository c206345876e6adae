import { describe, expect, it } from 'vitest';
import { inOrder, inModelOrder, type Order } from '../../../webview/model/order.ts';
import { modelOf } from './graphs.ts';

const { layers } = modelOf([
  { name: '/conv10', macs: 2e6 },
  { name: '/conv2', macs: 500 },
  { name: '/relu', macs: 500 },
  { name: '/fc/Gemm', macs: null },
]).model;
const names = (order: Order): string[] => inOrder(layers, order).map(({ name }) => name);

describe('sorting layers', () => {
  it('counts numbers inside names as numbers', () => {
    expect(names({ column: 'name', descending: false })).toEqual(['/conv2', '/conv10', '/fc/Gemm', '/relu']);
  });

  it('puts unknown figures last in both directions, and keeps the order of equal ones', () => {
    expect(names({ column: 'macs', descending: true })).toEqual(['/conv10', '/conv2', '/relu', '/fc/Gemm']);
    expect(names({ column: 'macs', descending: false })).toEqual(['/conv2', '/relu', '/conv10', '/fc/Gemm']);
  });

  it('leaves the list it was given alone', () => {
    inOrder(layers, { column: 'macs', descending: true });
    expect(names(inModelOrder)).toEqual(layers.map(({ name }) => name));
  });
});
