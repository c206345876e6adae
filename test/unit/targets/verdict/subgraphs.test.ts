import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataType } from '../../../../src/engine/onnx/data-type.ts';
import { Tensor } from '../../../../src/engine/onnx/tensor.ts';
import type { Model, Node } from '../../../../src/engine/onnx/graph.ts';
import { inferShapes } from '../../../../src/engine/ops/infer.ts';
import { DataFlow } from '../../../../src/engine/targets/verdict/data-flow.ts';
import { partition } from '../../../../src/engine/targets/verdict/subgraphs.ts';
import { findVerdict } from '../../../../src/engine/targets/verdicts.ts';
import { buildModel, type BuildNode } from '../../../support/model-builder.ts';

const settings = { accelerator: 'DPU', elementBytes: 1, userDevice: 'USER' };

/** A network of operators that the DPU has (Relu behind Add, MaxPool) and has not (Sigmoid, Sub), each on any values before it. */
const randomModel = fc
  .array(fc.record({ op: fc.constantFrom('Add', 'Relu', 'MaxPool', 'Sigmoid', 'Sub', 'Identity', 'QDQ'), a: fc.nat(), b: fc.nat() }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((picks) => {
    const values = ['x', 'z'];
    const nodes: BuildNode[] = [];
    for (const [i, { op, a, b }] of picks.entries()) {
      const [first, second] = [values[a % values.length]!, values[b % values.length]!];
      if (op === 'QDQ') {
        nodes.push(['QuantizeLinear', [first, 's', 'zero'], [`q${i}`]], ['DequantizeLinear', [`q${i}`, 's', 'zero'], [`v${i}`]]);
      } else {
        const binary = op === 'Add' || op === 'Sub';
        nodes.push([op, binary ? [first, second] : [first], [`v${i}`], op === 'MaxPool' ? { kernel_shape: [1, 1] } : {}]);
      }
      values.push(`v${i}`);
    }
    const read = new Set(nodes.flatMap(([, inputs]) => inputs));
    const outputs = values.slice(2).filter((value, i) => !read.has(value) || i % 7 === 0);
    return buildModel({
      inputs: ['x', 'z'].map((name) => ({ name, shape: [1, 4, 2, 2] })),
      outputs,
      initializers: { s: Tensor.float32([], [0.5]), zero: Tensor.of(DataType.int8, [], new Int8Array(1)) },
      nodes,
    });
  });

function cut(model: Model) {
  const flow = new DataFlow(inferShapes(model));
  const judged = findVerdict('zcu104')!.judge({ flow });
  return { flow, judged, ...partition(flow, judged, settings) };
}

describe('sub-graphs', () => {
  it('part the judged nodes by device, each in one', () => {
    fc.assert(
      fc.property(randomModel, (model) => {
        const { judged, subgraphs } = cut(model);
        expect(subgraphs.flatMap(({ nodes }) => nodes).sort(byLabel)).toEqual([...judged.keys()].sort(byLabel));
        for (const { device, nodes } of subgraphs) for (const node of nodes) expect(judged.get(node)!.device).toBe(device);
      }),
    );
  });

  it('can run one after another: no way leads out of one and back', () => {
    fc.assert(
      fc.property(randomModel, (model) => {
        const { subgraphs, transfers } = cut(model);
        const left = new Set(subgraphs.keys());
        for (let changed = true; changed;) {
          changed = false;
          for (const number of left) {
            if (transfers.some(({ from, to }) => to === number && left.has(from))) continue;
            left.delete(number);
            changed = true;
          }
        }
        expect([...left]).toEqual([]);
      }),
    );
  });

  it('are connected, and as large as they can be', () => {
    fc.assert(
      fc.property(randomModel, (model) => {
        const { flow, subgraphs, transfers } = cut(model);
        for (const { nodes } of subgraphs) {
          if (nodes.length === 0) continue;
          const isEdge = (a: Node, b: Node): boolean => flow.makers(a).includes(b) || flow.makers(b).includes(a);
          const reached = new Set([nodes[0]!]);
          for (const node of reached) for (const next of nodes) if (isEdge(node, next)) reached.add(next);
          expect(reached.size).toBe(nodes.length);
        }
        // Two of one device with an edge between them would be one, were there no other way from the one to the other.
        for (const { from, to } of transfers) {
          if (subgraphs[from]!.device !== subgraphs[to]!.device) continue;
          const open = transfers.filter((other) => other.from === from && other.to !== to).map((other) => other.to);
          const seen = new Set(open);
          for (const at of seen) for (const other of transfers) if (other.from === at) seen.add(other.to);
          expect(seen.has(to)).toBe(true);
        }
      }),
    );
  });

  it('have exactly the tensors between them as transfers', () => {
    fc.assert(
      fc.property(randomModel, (model) => {
        const { flow, subgraphs, transfers } = cut(model);
        const number = new Map<Node, number>(subgraphs.flatMap(({ nodes }, index) => nodes.map((node) => [node, index] as const)));
        const expected = new Set<string>();
        for (const node of flow.nodes) {
          for (const input of node.inputs) {
            const origin = flow.origin(input);
            const maker = flow.maker(input);
            const from = maker ? number.get(maker)! : subgraphs.findIndex(({ nodes, tensor }) => nodes.length === 0 && tensor === origin);
            if (from !== number.get(node)) expected.add(`${from} ${number.get(node)} ${origin}`);
          }
        }
        const ends = new Set(subgraphs.flatMap(({ device, nodes }, index) => (nodes.length === 0 && device === 'CPU' ? [index] : [])));
        const found = transfers.filter(({ to }) => !ends.has(to)).map(({ from, to, tensor }) => `${from} ${to} ${tensor}`);
        expect(found.sort()).toEqual([...expected].sort());
        for (const { bytes, from, to } of transfers) {
          const onDpu = [from, to].some((index) => subgraphs[index]!.device === 'DPU');
          expect(bytes).toBe(onDpu ? 16 : 64);
        }
      }),
    );
  });

  it('of a chain that changes devices at every node are as many as nodes, in time that grows with them', () => {
    const length = 5000;
    const model = buildModel({
      inputs: [{ name: 'v0', shape: [1, 4, 2, 2] }],
      outputs: [`v${length}`],
      nodes: Array.from({ length }, (_, i): BuildNode => [i % 2 ? 'Sigmoid' : 'MaxPool', [`v${i}`], [`v${i + 1}`], i % 2 ? {} : { kernel_shape: [1, 1] }]), // prettier-ignore
    });
    expect(cut(model).subgraphs).toHaveLength(length + 1);
  });
});

const byLabel = (a: Node, b: Node): number => (a.label < b.label ? -1 : 1);
