import { encodeXir } from '../../src/engine/xir/codec.ts';
import type { XirAttribute, XirAttributes, XirGraph, XirOp, XirSubgraph, XirTensor } from '../../src/engine/xir/graph.ts';

export interface CompiledFor {
  /** Of the DPU: 0x101000056010407n. */
  readonly fingerprint: bigint;
  /** Ops of the quantized graph that are left to the CPU, by name. */
  readonly onCpu?: readonly string[];
}

const plain = (attributes: Record<string, XirAttribute>): XirAttributes => new Map(Object.entries(attributes));
const word = (value: string): XirAttribute => ({ kind: 'string', value });
const integer = (value: number): XirAttribute => ({ kind: 'int32', value });

/** An op with the `fix` behind it, as a compiler sees it. */
interface Step {
  readonly op: XirOp;
  /** Name of the tensor: that of the fix. */
  readonly tensor: string;
  readonly position?: number;
  readonly device: 'USER' | 'DPU' | 'CPU';
}

/**
 * What a compiler makes of a quantized graph, as far as runners and readers look at it: integers with fix positions, sub-graphs by device in the order
 * of the ops, `upload` and `download` at their borders, float32 at the end. Instructions and weights are left out.
 */
export function compileForTests(quantized: XirGraph, { fingerprint, onCpu = [] }: CompiledFor): XirGraph {
  const steps = stepsOf(quantized, onCpu);
  const made = new Map<string, string>();
  const ops: XirOp[] = [];
  const children: { device: Step['device']; ops: string[] }[] = [];
  const add = (device: Step['device'], op: XirOp): string => {
    ops.push(op);
    if (children.at(-1)?.device !== device) children.push({ device, ops: [] });
    children.at(-1)!.ops.push(op.name);
    return op.name;
  };
  const op = (name: string, type: string, inputs: readonly string[], tensor: XirTensor): XirOp => ({
    name,
    type,
    attributes: new Map(),
    inputs: new Map(inputs.length ? [['input', inputs]] : []),
    tensor,
  });
  for (const { op: one, tensor, position, device } of steps) {
    const integers = device !== 'CPU' && position !== undefined;
    const inputs = [...one.inputs.values()].flat().flatMap((name) => made.get(name) ?? []);
    const stored = { ...tensorOf(tensor, one.tensor.shape), ...(integers ? fixed(position) : {}) };
    const name = add(device, op(one.name, integers ? `${one.type}-fix` : one.type, inputs, stored));
    made.set(one.name, name).set(tensor, name);
  }
  const results = resultsOf(quantized).map((name) => {
    const shape = quantized.ops.find((one) => one.name === name)!.tensor.shape;
    return add('CPU', op(`${name}_float`, 'fix2float', [made.get(name)!], tensorOf(`${name}_`, shape)));
  });
  return {
    name: quantized.name,
    ops,
    root: {
      name: 'root',
      ops: [],
      attributes: plain({ workload: { kind: 'uint64', value: 1000n } }),
      children: children.map((child, at) => subgraph(child, at, fingerprint)),
    },
    attributes: plain({
      return_ops: { kind: 'string_vec', value: results },
      libs_info: { kind: 'map_string_string', value: new Map([['xcompiler.3.0.0', 'test']]) },
    }),
    definitions: [],
  };
}

function stepsOf({ ops }: XirGraph, onCpu: readonly string[]): Step[] {
  const fixes = new Map(ops.filter(({ type }) => type === 'fix').map((fix) => [fix.inputs.get('input')![0]!, fix]));
  const constants = new Set(ops.filter(({ type }) => type === 'const').map(({ name }) => name));
  return ops
    .filter(
      ({ type, inputs }) =>
        type !== 'const' && !(type === 'fix' && inputs.get('input')!.every((name) => fixes.has(name) || constants.has(name))),
    )
    .map((op) => {
      const fix = fixes.get(op.name);
      const position = fix?.attributes.get('fix_point');
      return {
        op,
        tensor: fix?.name ?? op.name,
        device: op.type === 'data' ? 'USER' : onCpu.includes(op.name) ? 'CPU' : 'DPU',
        ...(position?.kind === 'int32' ? { position: position.value } : {}),
      };
    });
}

const tensorOf = (name: string, shape: readonly number[]): XirTensor => ({
  name,
  shape,
  dataType: 'FLOAT',
  bits: 32,
  attributes: new Map(),
});
const fixed = (position: number): Partial<XirTensor> => ({
  dataType: 'XINT',
  bits: 8,
  attributes: plain({
    fix_point: integer(position),
    bit_width: integer(8),
    if_signed: { kind: 'bool', value: true },
    round_mode: word('DPU_ROUND'),
  }),
});

const resultsOf = ({ attributes }: XirGraph): readonly string[] => {
  const results = attributes.get('return_ops');
  return results?.kind === 'string_vec' ? results.value : [];
};

function subgraph({ device, ops }: { device: string; ops: readonly string[] }, at: number, fingerprint: bigint): XirSubgraph {
  const dpu = {
    dpu_name: word('DPUCZDX8G_ISA1_B4096'),
    dpu_fingerprint: { kind: 'uint64', value: fingerprint },
    mc_code: { kind: 'bytes', value: new Uint8Array(16) },
    runner: { kind: 'map_string_string', value: new Map([['run', 'libvart-dpu-runner.so']]) },
  } as const;
  const attributes = plain({ device: word(device), ...(device === 'DPU' ? dpu : {}) });
  return { name: `subgraph_${at}_${ops[0]}`, ops, attributes, children: [] };
}

/** The file's bytes. */
export const xirBytes = (graph: XirGraph): Uint8Array => Buffer.concat([...encodeXir(graph)].map((piece) => piece as Uint8Array));
