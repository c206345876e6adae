import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { buildModel, type BuildNode } from '../../support/model-builder.ts';

interface Case {
  readonly tensors: Readonly<Record<string, { readonly dims: readonly number[]; readonly values: readonly number[] }>>;
  /** "criterion reduce normalize", then the maker of the group. */
  readonly importance: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  readonly inputs?: readonly number[];
  readonly labels?: readonly number[];
}

/** What make_importance.py wrote. */
export const importanceCases = JSON.parse(readFileSync(path.join(import.meta.dirname, 'importance.json'), 'utf8')) as Record<
  'plain' | 'normalized',
  Case
>;

/** The network of make_importance.py. */
export function referenceNetwork({ tensors }: Case, batch: number | 'N' = 'N'): Model {
  const normalized = 'na.weight' in tensors;
  const norm = (name: string, input: string): BuildNode => {
    const operands = ['weight', 'bias', 'running_mean', 'running_var'].map((part) => `${name}.${part}`);
    return normalized ? ['BatchNormalization', [input, ...operands], [name], {}, { name }] : ['Identity', [input], [name], {}, { name }];
  };
  const conv = (name: string, input: string, pads = 1): BuildNode => [
    'Conv',
    [input, `${name}.weight`, `${name}.bias`],
    [name],
    { pads: Array<number>(4).fill(pads) },
    { name },
  ];
  return buildModel({
    opset: 21,
    inputs: [{ name: 'x', shape: [batch, 3, 6, 6] }],
    outputs: [{ name: 'y', shape: [batch, 4] }],
    initializers: Object.fromEntries(Object.entries(tensors).map(([name, { dims, values }]) => [name, Tensor.float32(dims, values)])),
    nodes: [
      conv('a', 'x'),
      norm('na', 'a'),
      ['Relu', ['na'], ['ra']],
      conv('b', 'ra'),
      norm('nb', 'b'),
      ['Add', ['ra', 'nb'], ['s']],
      ['Relu', ['s'], ['rs']],
      conv('d', 'rs'),
      norm('nd', 'd'),
      ['Relu', ['nd'], ['rd']],
      conv('e', 'rd', 0),
      norm('ne', 'e'),
      ['Relu', ['ne'], ['re']],
      ['GlobalAveragePool', ['re'], ['g']],
      ['Flatten', ['g'], ['flat']],
      ['Gemm', ['flat', 'f.weight', 'f.bias'], ['y'], { transB: 1 }, { name: 'f' }],
    ],
  });
}
