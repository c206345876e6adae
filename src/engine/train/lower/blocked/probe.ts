import { LatheError } from '../../../base/errors.ts';
import { encodeModel } from '../../../onnx/codec.ts';
import { DataType } from '../../../onnx/data-type.ts';
import { Graph, Model, Node, type ValueInfo } from '../../../onnx/graph.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { blockedDomain } from './forms.ts';

const [channels, places] = [64, 2];

/**
 * Channels in a block of this machine's blocked layout (16 with AVX-512, 8 with AVX2), found by reordering a ramp; undefined where ONNX Runtime has no such
 * operators or orders them otherwise than expected. `Forms` relies on nothing that is not seen here.
 */
export async function probeBlock(runtime: Runtime): Promise<number | undefined> {
  try {
    const session = await runtime.load(encodeModel(reordering()), { optimize: 'none', threads: 1 });
    try {
      const data = Float32Array.from({ length: channels * places }, (_, i) => i);
      const { y } = await session.run({ x: { type: DataType.float32, dims: [1, channels, 1, places], data } });
      return blockOf(Array.from(y!.data as Float32Array));
    } finally {
      await session.dispose();
    }
  } catch (error) {
    if (error instanceof LatheError) return undefined; // an ONNX Runtime without these operators
    throw error;
  }
}

/** The ramp counts places first: in blocked order channel 1 follows channel 0, until the block ends and place 1 of channel 0 comes. */
function blockOf(found: readonly number[]): number | undefined {
  const block = found.indexOf(1);
  const expected = (i: number): number => {
    const [lane, rest] = [i % block, Math.floor(i / block)];
    return (Math.floor(rest / places) * block + lane) * places + (rest % places);
  };
  return block > 0 && channels % block === 0 && found.every((value, i) => value === expected(i)) ? block : undefined;
}

function reordering(): Model {
  const graph = new Graph();
  const value = (name: string): ValueInfo => ({
    name,
    type: { kind: 'tensor', elementType: DataType.float32, shape: [1, channels, 1, places] },
  });
  graph.name = 'probe';
  graph.inputs = [value('x')];
  graph.add(new Node('reorder', 'ReorderInput', ['x'], ['y'], new Map(), blockedDomain));
  graph.outputs = [{ name: 'y', type: { kind: 'tensor', elementType: DataType.float32 } }];
  const model = new Model(graph);
  model.opsets.set('', 21);
  model.opsets.set(blockedDomain, 1);
  return model;
}
