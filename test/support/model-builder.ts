import { DataType, type DataTypeName } from '../../src/engine/onnx/data-type.ts';
import { attributes, Graph, Model, Node, type Dim, type ValueInfo } from '../../src/engine/onnx/graph.ts';
import type { Tensor } from '../../src/engine/onnx/tensor.ts';

/** A value as tests write it: type defaults to float32; without a shape the rank is unknown. */
export interface BuildValue {
  name: string;
  type?: DataTypeName;
  shape?: readonly Dim[];
}

/** `[op, inputs, outputs, attributes, { name, domain }]`; the name defaults to "<op>_<index>". */
export type BuildNode = readonly [
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Parameters<typeof attributes>[0],
  more?: { name?: string; domain?: string },
];

export interface BuildGraph {
  name?: string;
  inputs?: readonly BuildValue[];
  outputs: readonly (BuildValue | string)[];
  nodes: readonly BuildNode[];
  initializers?: Readonly<Record<string, Tensor>>;
}

export interface BuildModel extends BuildGraph {
  opset?: number;
  irVersion?: number;
  domains?: Readonly<Record<string, number>>;
}

const valueInfo = (value: BuildValue | string): ValueInfo =>
  typeof value === 'string'
    ? { name: value }
    : { name: value.name, type: { kind: 'tensor', elementType: DataType[value.type ?? 'float32'], shape: value.shape } };

/** A graph written as data: for models and for the bodies of If, Loop and Scan. */
export function buildGraph(parts: BuildGraph): Graph {
  const graph = new Graph();
  graph.name = parts.name ?? 'graph';
  graph.inputs = (parts.inputs ?? []).map(valueInfo);
  graph.outputs = parts.outputs.map(valueInfo);
  for (const [name, tensor] of Object.entries(parts.initializers ?? {})) graph.initializers.set(name, tensor);
  parts.nodes.forEach(([op, inputs, outputs, values = {}, more = {}], index) => {
    graph.add(new Node(more.name ?? `${op}_${index}`, op, inputs, outputs, attributes(values), more.domain));
  });
  return graph;
}

/** A model written as data. Opset 17 and IR 8 unless said otherwise; outputs may be names only. */
export function buildModel(parts: BuildModel): Model {
  const model = new Model(buildGraph(parts));
  model.irVersion = parts.irVersion ?? 8;
  model.opsets.set('', parts.opset ?? 17);
  for (const [domain, version] of Object.entries(parts.domains ?? {})) model.opsets.set(domain, version);
  model.producerName = 'test';
  return model;
}
