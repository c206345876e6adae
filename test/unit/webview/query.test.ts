import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OverlayView } from '../../../src/protocol/view.ts';
import { parseQuery } from '../../../webview/model/search/query.ts';
import { SearchIndex } from '../../../webview/model/search/search-index.ts';
import { shownOverlay } from '../../../webview/overlays/overlay.ts';
import { modelOf } from './graphs.ts';

const { model, graph } = modelOf(
  [
    {
      name: '/layer1/conv10',
      op: 'Conv',
      macs: 2e6,
      parameters: 648,
      shape: [1, 64, 56, 56],
      lines: ['3×3, stride 2', 'W 64×3×3×3'],
      group: 1,
    },
    { name: '/layer1/conv2', op: 'ConvTranspose', macs: 500, parameters: 12, shape: [1, 3, 8, 8], group: 1 },
    { name: '/layer2/relu', op: 'Relu', shape: [1, 13, 8, 8], group: 0 },
    { name: '/fc/Gemm', op: 'Gemm', macs: null, parameters: 10_000, shape: ['N', 10] },
    { name: '/out/and me', op: 'And', shape: [] },
    { name: 'picture', kind: 'input' },
  ],
  [[5, 0]],
  [{ title: 'backbone' }, { title: 'layer1', parent: 0 }],
);
const index = new SearchIndex(model, graph);
const sqnr: OverlayView = {
  id: 'a',
  label: 'Quantization error (SQNR), 8 bits',
  unit: 'dB',
  better: 'high',
  fold: 'worst',
  thresholds: [10, 20],
  values: [
    [0, 12],
    [1, 35],
    [3, 20],
    [2, null],
  ],
  origin: 'test',
};
const find = (query: string, overlay = true): number[] | string => {
  const { test, problem } = parseQuery(query, { index, shown: overlay ? shownOverlay(sqnr) : undefined });
  return problem ?? (test ? graph.nodes.flatMap((_, node) => (test(node) ? node : [])) : [-1]);
};

describe('what a person types', () => {
  it.each<[string, number[]]>([
    ['', [-1]],
    ['   ', [-1]],
    ['CONV', [0, 1]],
    ['op:conv 2', [0, 1]],
    ['op:conv conv2', [1]],
    ['name:conv2', [1]],
    ['picture', [5]],
    ['op:input', [5]],
    ['#4', [3]],
    ['in:layer1', [0, 1]],
    ['in:backbone -conv', [2]],
    ['"and me"', [4]],
    ['and', [4]],
    ['stride', [0]],
    ['"3×3, stride 2"', [0]],
    ['attr:3x3', [0]],
    ['attr:conv', []],
    ['nothing', []],
  ])('%j finds %j', (query, found) => expect(find(query)).toEqual(found));

  it.each<[string, number[]]>([
    ['shape:3x8', [1]],
    ['shape:[1,64,56,56]', [0]],
    ['64×56', [0]],
    ['shape:N', [3]],
    ['shape:?', []],
  ])('shapes: %j finds %j', (query, found) => expect(find(query)).toEqual(found));

  it.each<[string, number[]]>([
    ['>1M', [0]],
    ['macs<=500', [1, 2, 4]],
    ['macs = 500', [1]],
    ['params>=10k', [3]],
    ['bytes > 1 kB', [0, 3]],
    ['conv with > 1 M MACs', [0]],
    ['layers with more than 500 params', [0, 3]],
    ['at least 2 MMACs', [0]],
    ['value<20', [0]],
    ['below 20 dB', [0]],
    ['conv below 40 dB', [0, 1]],
    ['at most 20', [0, 3]],
    ['sqnr > 30', [1]],
    ['error ≥ 20', [1, 3]],
    ['worst 2', [0, 3]],
    ['worst 2 conv', [0]],
  ])('figures: %j finds %j', (query, found) => expect(find(query)).toEqual(found));

  it.each<[string, number[]]>([
    ['-op:conv -relu', [3, 4, 5]],
    ['conv or gemm', [0, 1, 3]],
    ['conv -layer1 or gemm', [3]],
    ['conv without stride', [1]],
    ['not conv', [2, 3, 4, 5]],
    ['-macs>1M conv', [1]],
  ])('joined: %j finds %j', (query, found) => expect(find(query)).toEqual(found));

  it.each<[string, number[]]>([
    ['/conv\\d+$/', [0, 1]],
    ['/^\\/fc/', [3]],
    ['op:/^conv$/', [0]],
    ['/and me/', [4]],
    ['-/conv/ op:/^.{4}$/', [2, 3]],
    ['/layer1/conv', [0, 1]],
    ['/layer2/', [2]],
  ])('regular expressions: %j finds %j', (query, found) => expect(find(query)).toEqual(found));

  it('says what is wrong', () => {
    expect(find('/conv[/')).toMatch(/^The regular expression cannot be read: .*conv\[/);
    expect(find('below 20 dB', false)).toBe('Choose an overlay first: “below 20 dB” is about its values.');
    expect(find('worst 3', false)).toMatch(/Choose an overlay/);
  });

  it('takes any text without failing, and any part of a name finds its node', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        find(text);
        find(text, false);
      }),
    );
    const names = fc.constantFrom(...graph.nodes.map((_, node) => node));
    fc.assert(
      fc.property(names, fc.nat(), fc.nat(), (node, a, b) => {
        const { name } = graph.nodes[node]!;
        const part = name.slice(a % name.length, (a % name.length) + 1 + (b % name.length));
        expect(find(`"${part}"`)).toContain(node);
      }),
    );
  });
});
