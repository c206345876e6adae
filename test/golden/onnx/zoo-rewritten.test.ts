import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect } from 'vitest';
import { seededRandom } from '../../../src/engine/base/random.ts';
import { cloneNode } from '../../../src/engine/onnx/clone.ts';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { readModel } from '../../../src/engine/onnx/file.ts';
import { Graph, Model, Node, type StoredAttribute } from '../../../src/engine/onnx/graph.ts';
import { Tensor } from '../../../src/engine/onnx/tensor.ts';
import { itWithZoo } from '../../support/zoo.ts';

/** Copies of all parts, so that nothing is remembered as it was read and all of it is written anew. */
function freshTensor(tensor: Tensor): Tensor {
  if (tensor.source.kind === 'strings') return new Tensor(tensor.type, tensor.dims, tensor.source);
  return new Tensor(tensor.type, tensor.dims, { kind: 'bytes', bytes: tensor.bytes });
}

function freshAttribute(attribute: StoredAttribute): StoredAttribute {
  if (attribute.kind === 'tensor') return { kind: 'tensor', value: freshTensor(attribute.value) };
  if (attribute.kind === 'graph') return { kind: 'graph', value: freshGraph(attribute.value) };
  return { ...attribute };
}

function freshGraph(graph: Graph): Graph {
  const copy = new Graph();
  copy.name = graph.name;
  copy.inputs = graph.inputs.map((info) => ({ ...info }));
  copy.outputs = graph.outputs.map((info) => ({ ...info }));
  for (const [name, tensor] of graph.initializers) copy.initializers.set(name, freshTensor(tensor));
  for (const [name, info] of graph.valueInfo) copy.valueInfo.set(name, { ...info });
  for (const node of graph.nodes) {
    const attributes = new Map([...node.attributes].map(([name, attribute]) => [name, freshAttribute(attribute)]));
    copy.add(new Node(node.name, node.op, node.inputs, node.outputs, attributes, node.domain, node.overload));
  }
  return copy;
}

function freshModel(model: Model): Model {
  const copy = new Model(freshGraph(model.graph));
  copy.irVersion = model.irVersion;
  for (const [domain, version] of model.opsets) copy.opsets.set(domain, version);
  for (const item of model.functions) {
    const body = freshGraph(item.body);
    copy.functions.push({ ...item, body, rest: [] });
  }
  return copy;
}

const arrays: Record<string, (values: number[]) => OrtTensor['data']> = {
  float32: (values) => Float32Array.from(values),
  float16: (values) => Uint16Array.from(values, (value) => 0x3000 + Math.round(value * 0x800)),
  uint8: (values) => Uint8Array.from(values, (value) => value * 255),
  bool: (values) => Uint8Array.from(values, (value) => (value > 0.5 ? 1 : 0)),
  int64: (values) => BigInt64Array.from(values, (value) => BigInt(Math.round(value * 4))),
};

async function outputs(bytes: Uint8Array): Promise<Record<string, unknown>> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, graphOptimizationLevel: 'basic', logSeverityLevel: 3 });
  const random = seededRandom(1);
  const feeds: Record<string, OrtTensor> = {};
  for (const input of session.inputMetadata) {
    if (!input.isTensor) continue;
    // 64: a size that every network with free dimensions of the zoo takes; names come as text.
    const dims = input.shape.map((dim, axis) => (typeof dim === 'number' && dim > 0 ? dim : axis === 0 ? 1 : axis === 1 ? 3 : 64));
    const values = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.next());
    feeds[input.name] = new OrtTensor(input.type as 'float32', arrays[input.type]!(values) as Float32Array, dims);
  }
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, { dims: value.dims, data: value.data }]));
}

/** ONNX Runtime itself does not run these (manifest.json of the oddities), or takes minutes. */
const skipped = /oddities\/(bad|invalid|external|opsets\/opset_0[135]|odd\/custom_domain_op|big)/;

describe('models written anew', () => {
  itWithZoo('give equal outputs in ONNX Runtime', async (zoo) => {
    const files = readdirSync(zoo, { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll(path.sep, '/'))
      .filter((file) => file.endsWith('.onnx') && !skipped.test(file) && !/graphs\/light_(resnet50|vgg19|inception)/.test(file))
      .sort();
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) {
      const full = path.join(zoo, file);
      const model = await readModel(full);
      const anew = encodeModel(freshModel(model));
      expect(await outputs(anew), file).toEqual(await outputs(readFileSync(full)));
    }
  });

  itWithZoo('may have all their values and nodes renamed', async (zoo) => {
    for (const file of ['models/cifar10-resnet/resnet20_cifar10.onnx', 'oddities/odd/if_convs.onnx', 'models/mnist/mnist-8.onnx']) {
      const full = path.join(zoo, file);
      const model = await readModel(full);
      const outside = new Set([...model.graph.requiredInputs, ...model.graph.outputs].map((info) => info.name));
      const values = [...model.graph.nodes.flatMap((node) => node.outputs), ...model.graph.initializers.keys()];
      for (const value of values) if (value !== '' && !outside.has(value)) model.graph.rename(value, model.graph.uniqueName('value'));
      for (const [index, node] of model.graph.nodes.entries()) {
        const copy = cloneNode(node);
        copy.name = `node ${index}`;
        model.graph.remove(node);
        model.graph.add(copy);
      }
      expect(await outputs(encodeModel(model)), file).toEqual(await outputs(readFileSync(full)));
    }
  });
});
