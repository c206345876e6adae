import { LatheError } from '../base/errors.ts';
import { DataType } from '../onnx/data-type.ts';
import type { Dim, Graph, Node } from '../onnx/graph.ts';
import type { Inferred, InferenceContext, OperatorRecord } from './record.ts';
import { commonShape } from './shape/dims.ts';
import { normalAxis, numbersAt, scalarAt, shapeAt, shapeError, tensorOf } from './shape/operand.ts';

/** What holds whichever of two values it is. */
export function commonValue(a: Inferred | undefined, b: Inferred | undefined): Inferred | undefined {
  if (!a || !b || a.container !== b.container) return undefined;
  const shape = commonShape(a.shape, b.shape);
  const same = a.elements?.length === b.elements?.length && a.elements?.every((element, i) => element === b.elements![i]);
  return {
    type: a.type === b.type ? a.type : DataType.undefined,
    ...(shape && { shape }),
    ...(same && a.elements && { elements: a.elements }),
    ...(a.container && { container: a.container }),
  };
}

function graphAttribute(node: Node, name: string): Graph {
  const attribute = node.attributes.get(name);
  if (attribute?.kind !== 'graph') throw shapeError(node, `has no graph ${JSON.stringify(name)}`);
  return attribute.value;
}

/** Outputs of a branch, or the contradiction in it: a branch may be made for other sizes than these and then never runs. */
function attempt(context: InferenceContext, name: string): (Inferred | undefined)[] | LatheError {
  try {
    return context.inferGraph(graphAttribute(context.node, name), []);
  } catch (error) {
    if (error instanceof LatheError) return error;
    throw error;
  }
}

/** If-1 to -25: what both branches agree on; a constant condition, or a contradiction in the other branch, picks one. */
function branch(context: InferenceContext): (Inferred | undefined)[] {
  const yes = attempt(context, 'then_branch');
  const no = attempt(context, 'else_branch');
  const [condition] = numbersAt(context, 0) ?? [];
  const taken = condition === undefined ? undefined : condition !== 0 ? yes : no;
  if (taken instanceof LatheError) throw taken;
  if (taken) return taken;
  if (yes instanceof LatheError) {
    if (no instanceof LatheError) throw yes;
    return no;
  }
  if (no instanceof LatheError) return yes;
  return yes.map((value, i) => commonValue(value, no[i]));
}

const withoutElements = (value: Inferred | undefined): Inferred | undefined => value && { ...value, elements: undefined };

const sameKnowledge = (a: Inferred | undefined, b: Inferred | undefined): boolean =>
  a?.type === b?.type && JSON.stringify(a?.shape) === JSON.stringify(b?.shape);

/**
 * What stays true of state that a body is run on again and again: starts from the first round and forgets what a round changes. Each round
 * can only forget, one dimension at least, so few rounds settle it.
 */
function steadyState(
  first: readonly (Inferred | undefined)[],
  round: (state: readonly (Inferred | undefined)[]) => readonly (Inferred | undefined)[],
): { state: (Inferred | undefined)[]; outputs: readonly (Inferred | undefined)[] } {
  let state = first.map(withoutElements);
  for (let attempt = 0; ; attempt++) {
    const outputs = round(state);
    const next = state.map((value, i) => withoutElements(commonValue(value, outputs[i])));
    if (attempt === 2 || state.every((value, i) => sameKnowledge(value, next[i]))) return { state: next, outputs };
    state = next;
  }
}

/** Loop-1 to -25: state keeps what every round keeps; scan outputs are stacked along a new first axis, one entry a round. */
function loop(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const body = graphAttribute(node, 'body');
  const states = Math.max(body.inputs.length - 2, 0);
  const started = (node.inputs[1] ?? '') === '' || scalarAt(context, 1) === 1;
  const condition = tensorOf(DataType.bool, [], started ? [1] : undefined);
  const first = Array.from({ length: states }, (_, i) => context.input(i + 2));
  let onward = false;
  const { state, outputs } = steadyState(first, (values) => {
    const [next, ...rest] = context.inferGraph(body, [tensorOf(DataType.int64, []), condition, ...values]);
    onward = next?.elements?.[0] === 1;
    return rest;
  });
  const trips = scalarAt(context, 0);
  const rounds = started && onward && trips !== undefined ? Math.max(trips, 0) : context.freshDim();
  const stacked = outputs
    .slice(states)
    .map((value) => value && tensorOf(value.type, rounds === 0 ? undefined : value.shape && [rounds, ...value.shape]));
  return [...state, ...stacked];
}

/** Scan-9 to -25: scan inputs are cut along their axis, scan outputs stacked along theirs. */
function scan(context: InferenceContext): (Inferred | undefined)[] {
  const { node } = context;
  const body = graphAttribute(node, 'body');
  const scanned = node.int('num_scan_inputs', 1);
  const states = node.inputs.length - scanned;
  if (states < 0 || body.inputs.length !== node.inputs.length)
    throw shapeError(node, `has ${node.inputs.length} inputs for a body of ${body.inputs.length}`);
  let length: Dim = null;
  const slices = Array.from({ length: scanned }, (_, i) => {
    const value = context.input(states + i);
    if (!value?.shape) return value && tensorOf(value.type);
    const axis = normalAxis(node, node.ints('scan_input_axes')?.[i] ?? 0, value.shape.length);
    length ??= value.shape[axis]!;
    return tensorOf(value.type, value.shape.filter((_dim, at) => at !== axis)); // prettier-ignore
  });
  const first = Array.from({ length: states }, (_, i) => context.input(i));
  const { state, outputs } = steadyState(first, (values) => context.inferGraph(body, [...values, ...slices]));
  const stacked = outputs.slice(states).map((value, i) => {
    if (!value?.shape) return value && tensorOf(value.type);
    const axis = normalAxis(node, node.ints('scan_output_axes')?.[i] ?? 0, value.shape.length + 1);
    return tensorOf(value.type, [...value.shape.slice(0, axis), length, ...value.shape.slice(axis)]);
  });
  return [...state, ...stacked];
}

/** SequenceMap-17 is a function in ONNX: its body runs on every element. */
function sequenceMap(context: InferenceContext): (Inferred | undefined)[] {
  const elements = context.node.inputs.map((_, index) => {
    const value = context.input(index);
    return value && tensorOf(value.type, value.container ? undefined : shapeAt(context, index));
  });
  const outputs = context.inferGraph(graphAttribute(context.node, 'body'), elements);
  return outputs.map((value) => value && { type: value.type, shape: value.shape, container: 'sequence' });
}

/** Operators that run graphs. */
export const records: readonly OperatorRecord[] = [
  { op: 'If', since: 1, summary: 'Runs one of two graphs.', infer: branch },
  { op: 'Loop', since: 1, summary: 'Runs a graph a number of times or while a condition holds.', infer: loop },
  { op: 'Scan', since: 9, summary: 'Runs a graph once for every slice of its inputs.', infer: scan },
  { op: 'SequenceMap', since: 17, summary: 'Runs a graph on every element of a sequence.', infer: sequenceMap },
];
