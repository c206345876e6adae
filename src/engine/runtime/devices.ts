import { LatheError } from '../base/errors.ts';
import { encodeModel } from '../onnx/codec.ts';
import { DataType } from '../onnx/data-type.ts';
import { Graph, Model, Node } from '../onnx/graph.ts';
import { shortReason } from './ort-error.ts';
import { importOrt } from './ort-node.ts';

/** A device that this build of ONNX Runtime knows ("cpu", "webgpu", "cuda", "dml", "coreml" …). */
export interface Device {
  readonly name: string;
  /** Its code lies in the package; others need libraries of the system. */
  readonly bundled: boolean;
  readonly works: boolean;
  /** Why it does not work, in ONNX Runtime's words. */
  readonly reason?: string;
}

/**
 * What this build offers, and what of it works here: every device computes one ReLU. GPU drivers may crash while they start, so
 * call it in a process that may be lost. Throws LatheError `runtime.missing`.
 */
export async function listDevices(): Promise<Device[]> {
  const ort = await importOrt();
  ort.env.logLevel = 'fatal';
  const model = oneRelu();
  const devices: Device[] = [];
  for (const { name, bundled } of ort.listSupportedBackends()) {
    try {
      const session = await ort.InferenceSession.create(model, { executionProviders: [name], logSeverityLevel: 4 });
      const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(-1, 2), [2]) });
      await session.release();
      const right = y?.data[0] === 0 && y.data[1] === 2;
      devices.push({ name, bundled, works: right, ...(right ? {} : { reason: 'it computes a ReLU wrongly' }) });
    } catch (error) {
      devices.push({ name, bundled, works: false, reason: shortReason(error instanceof Error ? error.message : String(error)) });
    }
  }
  if (!devices.some(({ works }) => works)) throw new LatheError('runtime.missing', 'ONNX Runtime works on no device of this machine');
  return devices;
}

function oneRelu(): Uint8Array {
  const graph = new Graph();
  const type = { kind: 'tensor', elementType: DataType.float32, shape: [2] } as const;
  graph.name = 'probe';
  graph.inputs = [{ name: 'x', type }];
  graph.outputs = [{ name: 'y', type }];
  graph.add(new Node('relu', 'Relu', ['x'], ['y']));
  const model = new Model(graph);
  model.opsets.set('', 13);
  return encodeModel(model);
}
