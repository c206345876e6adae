import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import { attributes, Graph, Model, Node, type Attribute, type Dim, type ValueInfo } from '../../../src/engine/onnx/graph.ts';
import type { Tensor } from '../../../src/engine/onnx/tensor.ts';

const value = (name: string, shape: readonly Dim[]): ValueInfo => ({
  name,
  type: { kind: 'tensor', elementType: DataType.float32, shape },
});

type NodeText = [op: string, inputs: string[], outputs: string[], given?: Record<string, number | number[] | Attribute>];

/** A small model from its nodes; a node is named after its first output, with `named` put before it. */
export function model(
  nodes: readonly NodeText[],
  io: { input: [string, readonly Dim[]]; output: [string, readonly Dim[]] },
  weights: Record<string, Tensor> = {},
  named = '',
): Model {
  const graph = new Graph();
  graph.name = 'test';
  graph.inputs = [value(...io.input)];
  graph.outputs = [value(...io.output)];
  for (const [name, tensor] of Object.entries(weights)) graph.initializers.set(name, tensor);
  for (const [op, inputs, outputs, given = {}] of nodes)
    graph.add(new Node(`${named}${outputs[0]}`, op, inputs, outputs, attributes(given)));
  const made = new Model(graph);
  made.opsets.set('', 13);
  return made;
}

export function save(folder: string, name: string, made: Model): string {
  const file = path.join(folder, name);
  writeFileSync(file, encodeModel(made));
  return file;
}

/** Class scores are the means of the colour channels: red, green and blue pictures are classes 0, 1 and 2. */
export const colorClassifier = (scores = 'scores'): Model =>
  model(
    [
      ['GlobalAveragePool', ['image'], ['pooled']],
      ['Flatten', ['pooled'], [scores]],
    ],
    { input: ['image', ['N', 3, 4, 4]], output: [scores, ['N', 3]] },
  );
