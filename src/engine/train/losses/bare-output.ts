import type { Graph, Node } from '../../onnx/graph.ts';

/** What the numbers of an output say. `classes`: one of them is right, along `axis`; `scores`: each by itself, 0 to 1; `values`: anything else. */
export type OutputKind = 'classes' | 'scores' | 'values';

/** An output before the Softmax, LogSoftmax or Sigmoid that ends the network: there losses neither overflow nor lose their gradient. */
export interface BareOutput {
  readonly kind: OutputKind;
  /** The value that goes into that function; the output itself where there is none. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Of the classes. */
  readonly axis: number;
}

/** What the task says about outputs that nothing else tells apart. */
export type OutputMeaning = 'classification' | 'unknown';

/** Operators that hand on their first input's numbers in the same order. */
const passing = new Set([
  'Identity',
  'Cast',
  'Dropout',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'FakeQuantize',
  'QuantizeLinear',
  'DequantizeLinear',
]);
const endings = new Set(['Softmax', 'LogSoftmax', 'Sigmoid']);

/**
 * Finds the bare form of an output: static shapes, opset 13 or later. An output without an ending is a row of classes where the task is classification, and of values else.
 */
export function bareOutput(
  graph: Graph,
  output: string,
  shapeOf: (value: string) => readonly number[],
  meaning: OutputMeaning,
): BareOutput {
  const ending = endingOf(graph, output);
  const name = ending?.inputs[0] ?? output;
  const shape = shapeOf(name);
  if (ending?.op === 'Sigmoid') return { kind: 'scores', name, shape, axis: 0 };
  if (ending) {
    const axis = ending.int('axis', -1);
    return { kind: 'classes', name, shape, axis: axis < 0 ? axis + shape.length : axis };
  }
  const rows = shape.slice(1).filter((size) => size > 1).length <= 1;
  if (meaning === 'unknown' || !rows) return { kind: 'values', name, shape, axis: 0 };
  const axis = shape.findIndex((size, i) => i > 0 && size > 1);
  return { kind: 'classes', name, shape, axis: axis < 0 ? shape.length - 1 : axis };
}

/** Whether an output holds probabilities of classes: behind a Softmax. */
export const isProbability = (graph: Graph, output: string): boolean => endingOf(graph, output)?.op === 'Softmax';

function endingOf(graph: Graph, output: string): Node | undefined {
  for (let node = graph.producer(output); node; node = graph.producer(node.inputs[0] ?? '')) {
    if (endings.has(node.op)) return node;
    if (!passing.has(node.op)) return undefined;
  }
  return undefined;
}
