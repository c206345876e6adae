import { LatheError } from '../base/errors.ts';
import type { Graph, Model } from '../onnx/graph.ts';
import { inferShapes } from '../ops/infer.ts';
import { conversions as attributesToInputs } from './upgrade/attributes-to-inputs.ts';
import { conversions as axes } from './upgrade/axes.ts';
import { Editor, type Conversion } from './upgrade/conversion.ts';
import { conversions as meaning } from './upgrade/meaning.ts';
import { conversions as resize } from './upgrade/resize.ts';
import { conversions as softmax } from './upgrade/softmax.ts';

/** Every change of form or meaning of an operator from opset 7 on, by ONNX's changelog. Versions that only added types need nothing. */
const conversions: readonly Conversion[] = [...axes, ...attributesToInputs, ...resize, ...softmax, ...meaning];

/** The first opset that can be converted: before it every binary operator broadcast in its own way, and ONNX Runtime has no kernels. */
export const oldestOpset = 7;
/** The last opset whose changes are known here. */
export const newestOpset = 26;

/** The IR version that ONNX released together with an opset. */
const irVersions: readonly (readonly [opset: number, ir: number])[] = [[7, 3], [9, 4], [10, 5], [11, 6], [12, 7], [15, 8], [19, 9], [21, 10], [23, 11], [24, 12], [25, 13]]; // prettier-ignore

/**
 * Converts the model in place to `minimum`, where it is older; never downwards. Sub-graphs and function bodies are converted too.
 * Returns what was done, one sentence each; empty when nothing was. Throws LatheError `opset.too-old` (below 7), `opset.too-new`
 * (`minimum` above the newest known), and `opset.convert` with the node that has no form in newer opsets.
 */
export function upgradeOpset(model: Model, minimum: number): string[] {
  const from = model.opset;
  if (from >= minimum) return [];
  if (from < oldestOpset) {
    throw new LatheError('opset.too-old', `the model is of opset ${from}; conversion starts at opset ${oldestOpset}`, {
      file: model.path,
      hint: 'Export the model again with opset 13 or later.',
    });
  }
  if (minimum > newestOpset) throw new LatheError('opset.too-new', `opset ${minimum} is not known here; the newest is ${newestOpset}`);
  const notes = [`converted from opset ${from} to ${minimum}`];
  const shapes = inferShapes(model);
  if (model.irVersion < 4) notes.push(...detachWeights(model));
  const changed = new Map<Conversion, number>();
  const bodies = new Set(model.functions.map(({ body }) => body));
  for (const graph of graphsOf(model)) {
    const editor = new Editor(graph, (value) => shapes.of(value, graph), bodies.has(graph));
    convertGraph(editor, from, minimum, changed);
  }
  for (const [{ op, note }, count] of changed) notes.push(`${op}: ${note} (${count} ${count === 1 ? 'node' : 'nodes'})`);
  setOpset(model, minimum);
  return notes;
}

/** Until IR version 3 every weight had to be listed as an input too: they are made plain constants. */
export function detachWeights(model: Model): string[] {
  const before = model.graph.inputs.length;
  model.graph.detachWeightInputs();
  const count = before - model.graph.inputs.length;
  model.irVersion = Math.max(4, model.irVersion);
  return count === 0 ? [] : [`${count} weights that were also listed as inputs are plain constants now`];
}

function convertGraph(editor: Editor, from: number, to: number, changed: Map<Conversion, number>): void {
  for (let version = from + 1; version <= to; version++) {
    const due = new Map(conversions.filter(({ at }) => at === version).map((conversion) => [conversion.op, conversion]));
    if (due.size === 0) continue;
    for (const node of [...editor.graph.nodes]) {
      const conversion = node.qualifiedOp === node.op ? due.get(node.op) : undefined;
      if (conversion?.convert(node, editor)) changed.set(conversion, (changed.get(conversion) ?? 0) + 1);
    }
  }
}

/** Every graph of the model, the outer before the inner. */
function graphsOf(model: Model): Graph[] {
  const graphs = [model.graph, ...model.functions.map(({ body }) => body)];
  for (const graph of graphs) for (const node of graph.nodes) graphs.push(...node.graphs());
  return graphs;
}

function setOpset(model: Model, version: number): void {
  const raise = (opsets: Map<string, number>): void => {
    opsets.delete('ai.onnx');
    opsets.set('', version);
  };
  raise(model.opsets);
  model.functions.forEach((body, i) => {
    const opsets = new Map(body.opsets);
    raise(opsets);
    model.functions[i] = { ...body, opsets };
  });
  const ir = irVersions.findLast(([opset]) => opset <= version)?.[1] ?? 8;
  model.irVersion = Math.max(model.irVersion, ir);
}
