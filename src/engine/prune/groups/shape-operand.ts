import type { Graph, Node } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';

/** Where one element of a computed list of sizes comes from. */
export type ElementSource =
  /** The size of a value along an axis: follows by itself when that value is cut. */
  | { readonly kind: 'size'; readonly value: string; readonly axis: number }
  /** A part of a Concat that can be replaced: a constant, or a lone number. */
  | { readonly kind: 'part'; readonly index: number; readonly element: number };

/** Steps back from a list of sizes before one gives up: exporters need about ten. */
const depthLimit = 32;

/** Source of an element of a list of sizes that is no constant; undefined where it is made in another way. */
export function sourceOf(graph: Graph, shapes: Shapes, name: string, element: number): ElementSource | undefined {
  const size = sizeBehind(graph, shapes, name, element, depthLimit);
  if (size) return size;
  const node = graph.producer(name);
  const part = node?.op === 'Concat' ? partAt(shapes, node, element) : undefined;
  if (!part) return undefined;
  const isOne = lengthOf(shapes, node!.inputs[part.index]!) === 1;
  return isOne || graph.constant(node!.inputs[part.index]!) ? { kind: 'part', ...part } : undefined;
}

const lengthOf = (shapes: Shapes, name: string): number | undefined => {
  const shape = shapes.of(name)?.shape;
  return shape?.length === 1 && typeof shape[0] === 'number' ? shape[0] : undefined;
};

function partAt(shapes: Shapes, node: Node, element: number): { index: number; element: number } | undefined {
  let rest = element;
  for (const [index, input] of node.inputs.entries()) {
    const length = lengthOf(shapes, input);
    if (length === undefined) return undefined;
    if (rest < length) return { index, element: rest };
    rest -= length;
  }
  return undefined;
}

/** The value and axis whose size an element is, if it is one unchanged. */
function sizeBehind(
  graph: Graph,
  shapes: Shapes,
  name: string,
  element: number,
  depth: number,
): Extract<ElementSource, { kind: 'size' }> | undefined {
  const node = graph.producer(name);
  if (!node || depth === 0) return undefined;
  const further = (input: string, at: number) => sizeBehind(graph, shapes, input, at, depth - 1);
  const known = (index: number): number[] | undefined => {
    const elements = shapes.of(node.inputs[index] ?? '')?.elements;
    return elements?.every((each) => typeof each === 'number') ? (elements as number[]) : undefined;
  };
  switch (node.op) {
    case 'Shape': {
      const rank = shapes.of(node.inputs[0]!)?.shape?.length;
      const start = node.int('start', 0);
      if (rank === undefined) return undefined;
      return { kind: 'size', value: node.inputs[0]!, axis: element + (start < 0 ? start + rank : start) };
    }
    case 'Concat': {
      const part = partAt(shapes, node, element);
      return part && further(node.inputs[part.index]!, part.element);
    }
    case 'Gather': {
      const [indices, length] = [known(1), lengthOf(shapes, node.inputs[0]!)];
      const at = indices?.[element];
      if (at === undefined || (at < 0 && length === undefined)) return undefined;
      return further(node.inputs[0]!, at < 0 ? at + length! : at);
    }
    case 'Slice': {
      const start = node.ints('starts')?.[0] ?? known(1)?.[0];
      const step = (node.inputs[4] ?? '') === '' ? 1 : known(4)?.[0];
      return start !== undefined && start >= 0 && step === 1 ? further(node.inputs[0]!, start + element) : undefined;
    }
    case 'Identity':
    case 'Cast':
    case 'Unsqueeze':
    case 'Squeeze':
    case 'Reshape':
      return further(node.inputs[0]!, element);
    default:
      return undefined;
  }
}

/** Operands that say sizes and places, by operator: a size that ends there is not reckoned with as a number. */
const shapeOperands: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1], Expand: [1], ConstantOfShape: [0], Resize: [3], Slice: [1, 2, 3, 4], Split: [1], Pad: [1], Tile: [1],
}; // prettier-ignore

/** Operators that make sizes of sizes. */
const sizeOperators = new Set(['Gather', 'Slice', 'Concat', 'Unsqueeze', 'Squeeze', 'Identity', 'Reshape', 'Shape', 'Cast']);
const sizeArithmetic = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Mod',
  'Equal',
  'Where',
  'Floor',
  'Min',
  'Max',
  'ReduceProd',
  'ReduceSum',
  'Split',
]);

/**
 * Whether sizes that a Shape node reads are used for anything but shapes of other values. Only sizes that are followed: places along axes that nobody cuts may be reckoned with, which is
 * what most exports do (`axes`: those that are cut).
 */
export function countsBeyondShapes(graph: Graph, shapes: Shapes, node: Node, axes: ReadonlySet<number>): boolean {
  const open: { name: string; elements: ReadonlySet<number> | undefined }[] = [
    { name: node.outputs[0]!, elements: shiftedAxes(node, shapes, axes) },
  ];
  const seen = new Set<string>();
  for (let at = open.pop(); at; at = open.pop()) {
    if (at.elements?.size === 0) continue;
    if (seen.has(at.name)) continue;
    seen.add(at.name);
    if (graph.isOutput(at.name)) return true;
    for (const { node: user, index } of graph.users(at.name)) {
      if (index < 0) return true;
      if (shapeOperands[user.op]?.includes(index)) continue;
      if (!sizeOperators.has(user.op) && !sizeArithmetic.has(user.op)) return true;
      if (user.outputs.some((output) => isFloating(shapes, output))) return true;
      const elements =
        user.op === 'Gather' && index === 0
          ? gathered(shapes, user, at.elements)
          : user.op === 'Slice' && index === 0
            ? sliced(shapes, user, at.elements)
            : undefined;
      for (const output of user.outputs) open.push({ name: output, elements });
    }
  }
  return false;
}

const isFloating = (shapes: Shapes, name: string): boolean => [1, 10, 11, 16].includes(shapes.of(name)?.type ?? 0);

function shiftedAxes(node: Node, shapes: Shapes, axes: ReadonlySet<number>): Set<number> {
  const rank = shapes.of(node.inputs[0]!)?.shape?.length ?? 0;
  const [start, end] = [node.int('start', 0), node.int('end', rank)];
  const [first, last] = [start < 0 ? start + rank : start, end < 0 ? end + rank : end];
  return new Set([...axes].filter((axis) => axis >= first && axis < last).map((axis) => axis - first));
}

function gathered(shapes: Shapes, node: Node, elements: ReadonlySet<number> | undefined): ReadonlySet<number> | undefined {
  const indices = shapes.of(node.inputs[1]!)?.elements;
  const length = lengthOf(shapes, node.inputs[0]!);
  if (!elements || !indices?.every((index) => typeof index === 'number') || length === undefined) return undefined;
  return new Set((indices as number[]).flatMap((index, at) => (elements.has(index < 0 ? index + length : index) ? [at] : [])));
}

function sliced(shapes: Shapes, node: Node, elements: ReadonlySet<number> | undefined): ReadonlySet<number> | undefined {
  const start = node.ints('starts')?.[0] ?? shapes.of(node.inputs[1] ?? '')?.elements?.[0];
  const length = lengthOf(shapes, node.outputs[0]!);
  if (!elements || typeof start !== 'number' || start < 0 || length === undefined || (node.inputs[4] ?? '') !== '') return undefined;
  return new Set([...elements].filter((at) => at >= start && at < start + length).map((at) => at - start));
}
