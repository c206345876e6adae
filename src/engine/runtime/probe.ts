import { DataType } from '../onnx/data-type.ts';
import { encodeModel } from '../onnx/codec.ts';
import { Graph, Model, Node } from '../onnx/graph.ts';
import { createOrtRuntime, importOrt } from './ort-node.ts';

export interface RuntimeProbe {
  readonly name: string;
  readonly version: string;
  /** Devices that the installed package carries the code of: `cpu`, `webgpu` … */
  readonly devices: readonly string[];
}

/** Loads ONNX Runtime and runs a model of one node. Throws LatheError `runtime.missing`, `runtime.load`, `runtime.run` where that fails. */
export async function probeRuntime(): Promise<RuntimeProbe> {
  const runtime = await createOrtRuntime();
  const session = await runtime.load(encodeModel(oneNode()), { optimize: 'none', threads: 1 });
  await session.run({ x: { type: DataType.float32, dims: [1], data: Float32Array.of(1) } });
  await session.dispose();
  const ort = await importOrt();
  const devices = ort.listSupportedBackends().flatMap((backend) => (backend.bundled ? [backend.name] : []));
  return { name: runtime.name, version: runtime.version, devices };
}

function oneNode(): Model {
  const type = { kind: 'tensor', elementType: DataType.float32, shape: [1] } as const;
  const graph = new Graph();
  graph.name = 'probe';
  graph.inputs = [{ name: 'x', type }];
  graph.outputs = [{ name: 'y', type }];
  graph.add(new Node('negate', 'Neg', ['x'], ['y']));
  const model = new Model(graph);
  model.opsets.set('', 13);
  return model;
}
