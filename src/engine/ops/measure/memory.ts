import { dataTypeBits } from '../../onnx/data-type.ts';
import type { Node } from '../../onnx/graph.ts';
import { lookUp, type Scope } from '../infer.ts';
import { sizeOf } from '../shape/dims.ts';
import { recordIn } from './weights.ts';

/**
 * Largest sum of bytes of activations alive at once when the nodes run in order, each value living from the node that makes it to the
 * last one that reads it; null when a size is not known. Graph inputs and outputs count, weights and what follows from constants alone do
 * not; nothing is computed in place. Views (Reshape …) share their input's bytes. A quantized model counts as its integer kernels run it:
 * DequantizeLinear shares its input, and a value that only goes into a QuantizeLinear, directly or through an activation, is made in
 * its quantized form.
 */
export function peakBytes(scope: Scope): number | null {
  return peakOf(scope, true);
}

/** Bytes alive while each node of the main graph runs, counted as `peakBytes` does; its greatest is the peak. Null when a size is not known. */
export const livingBytes = (scope: Scope): Float64Array | null => living(scope, livesIn(scope, true));

/** `outermost`: inputs and outputs of sub-graphs and functions already count at the node around them. */
function peakOf(scope: Scope, outermost: boolean): number | null {
  const bytes = living(scope, livesIn(scope, outermost));
  return bytes && bytes.reduce((peak, alive) => Math.max(peak, alive), 0);
}

type Lives = ReadonlyMap<string, { readonly first: number; readonly last: number }>;

/** From the first to the last step that each stored value is needed. */
function livesIn(scope: Scope, outermost: boolean): Lives {
  const { nodes, graph } = scope;
  const storage = storageOf(scope);
  const lives = new Map<string, { first: number; last: number }>();
  const touch = (value: string, step: number): void => {
    const root = storage.get(value);
    if (root === undefined) return;
    const life = lives.get(root);
    if (!life) lives.set(root, { first: step, last: step });
    else life.last = Math.max(life.last, step);
  };
  if (outermost) for (const { name } of graph.requiredInputs) touch(name, 0);
  for (const [step, node] of nodes.entries()) for (const value of [...graph.reads(node), ...node.outputs]) touch(value, step);
  if (outermost) for (const { name } of graph.outputs) touch(name, Math.max(nodes.length - 1, 0));
  else for (const { name } of graph.outputs) lives.delete(storage.get(name) ?? '');
  return lives;
}

/** By step the sum of the living, with what sub-graphs need while their node runs. */
function living(scope: Scope, lives: Lives): Float64Array | null {
  const steps = Math.max(scope.nodes.length, 1);
  const bytes = new Float64Array(steps + 1);
  for (const [value, { first, last }] of lives) {
    const size = bytesOf(scope, value);
    if (size === null) return null;
    bytes[first]! += size;
    bytes[last + 1]! -= size;
  }
  let alive = 0;
  for (let step = 0; step < steps; step++) {
    alive += bytes[step]!;
    const inner = scope.inner.get(scope.nodes[step]!)?.map((body) => peakOf(body, false)) ?? [];
    if (inner.includes(null)) return null;
    bytes[step] = alive + Math.max(0, ...(inner as number[]));
  }
  return bytes.subarray(0, steps);
}

function bytesOf(scope: Scope, value: string): number | null {
  const known = lookUp(scope, value);
  const bits = known && !known.container ? dataTypeBits(known.type) : undefined;
  const size = sizeOf(known?.shape);
  return bits === undefined || size === null ? null : Math.ceil((size * bits) / 8);
}

/** The value whose bytes each activation uses: itself, or another one. Values that follow from constants alone are left out. */
function storageOf(scope: Scope): Map<string, string> {
  const { graph, nodes } = scope;
  const quantized = quantizedForms(scope);
  const storage = new Map<string, string>();
  for (const { name } of graph.inputs) if (!graph.initializers.has(name)) storage.set(name, name);
  for (const node of nodes) {
    const reads = graph.reads(node);
    const captures = reads.some((value) => !graph.producer(value) && !graph.initializers.has(value));
    const constant = !captures && !reads.some((value) => storage.has(value)) && !recordIn(scope, node)?.nondeterministic;
    if (constant) continue;
    const shared = node.op === 'DequantizeLinear' || recordIn(scope, node)?.view === true;
    for (const [index, output] of node.outputs.entries()) {
      if (output === '') continue;
      const own = shared && index === 0 ? (storage.get(node.inputs[0] ?? '') ?? output) : output;
      storage.set(output, quantized.get(output) ?? own);
    }
  }
  return storage;
}

/** Float values that integer kernels never write: each with the quantized value that they write instead. */
export function quantizedForms(scope: Scope): Map<string, string> {
  const { graph, nodes } = scope;
  const forms = new Map<string, string>();
  for (const node of [...nodes].reverse()) {
    for (const output of node.outputs) {
      const users = graph.users(output);
      const [only] = users;
      if (users.length !== 1 || only?.index !== 0 || graph.isOutput(output)) continue;
      const target = only.node.outputs[0] ?? '';
      if (only.node.op === 'QuantizeLinear') forms.set(output, target);
      else if (passes(scope, only.node) && forms.has(target)) forms.set(output, forms.get(target)!);
    }
  }
  return forms;
}

const passes = (scope: Scope, node: Node): boolean => {
  const record = recordIn(scope, node);
  return record?.activation === true || record?.view === true;
};
