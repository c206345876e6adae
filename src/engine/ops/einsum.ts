import type { Dim, Node } from '../onnx/graph.ts';
import { withGradients } from './gradient/index.ts';
import type { OperatorRecord } from './record.ts';
import { broadcastDims, formatShape, productOf } from './shape/dims.ts';
import { allInputs, commonType, shapeAt, shapeError, tensorOf } from './shape/operand.ts';
import { noIntegerKernel } from './shape/roles.ts';

/** Axes of one operand: single letters, and "..." for any number of axes. */
type Term = readonly string[];

interface Equation {
  readonly terms: readonly Term[];
  /** undefined: implicit, letters that occur once, in alphabetical order, behind the ellipsis. */
  readonly result?: Term;
}

const termPattern = /^(?:[A-Za-z]|\.\.\.)*$/;

function parseTerm(node: Node, text: string): Term {
  if (!termPattern.test(text)) throw shapeError(node, `has an equation with ${JSON.stringify(text)} in it`);
  const axes = text.match(/\.\.\.|[A-Za-z]/g) ?? [];
  if (axes.filter((axis) => axis === '...').length > 1) throw shapeError(node, `has two ellipses in ${JSON.stringify(text)}`);
  return axes;
}

function parseEquation(node: Node): Equation {
  const [left, right, more] = node.string('equation', '').replaceAll(' ', '').split('->');
  if (more !== undefined) throw shapeError(node, 'has an equation with two arrows');
  const terms = (left ?? '').split(',').map((text) => parseTerm(node, text));
  return { terms, ...(right !== undefined && { result: parseTerm(node, right) }) };
}

function implicitResult(terms: readonly Term[]): Term {
  const count = new Map<string, number>();
  for (const axis of terms.flat()) count.set(axis, (count.get(axis) ?? 0) + 1);
  const once = [...count.keys()].filter((axis) => axis !== '...' && count.get(axis) === 1).sort();
  return [...(count.has('...') ? ['...'] : []), ...once];
}

interface Sizes {
  readonly letters: Map<string, Dim>;
  /** Broadcast of all ellipses. */
  ellipsis: Dim[];
}

/** Sizes of every letter and of the ellipsis; undefined while an operand's rank is unknown. */
function sizesOf(node: Node, terms: readonly Term[], shapes: readonly (readonly Dim[] | undefined)[]): Sizes | undefined {
  if (terms.length !== shapes.length) throw shapeError(node, `has ${shapes.length} operands for an equation of ${terms.length}`);
  const sizes: Sizes = { letters: new Map(), ellipsis: [] };
  for (const [i, term] of terms.entries()) {
    const shape = shapes[i];
    if (!shape) return undefined;
    const open = term.indexOf('...');
    const extra = shape.length - (term.length - (open >= 0 ? 1 : 0));
    if (extra < 0 || (open < 0 && extra !== 0)) throw shapeError(node, `names ${term.length} axes of an operand ${formatShape(shape)}`);
    for (const [at, letter] of term.entries()) {
      if (letter === '...') sizes.ellipsis = broadcastEllipsis(node, sizes.ellipsis, shape.slice(at, at + extra));
      else merge(node, sizes.letters, letter, shape[open >= 0 && at > open ? at + extra - 1 : at]!);
    }
  }
  return sizes;
}

function merge(node: Node, letters: Map<string, Dim>, letter: string, dim: Dim): void {
  const before = letters.get(letter);
  const size = before === undefined ? dim : broadcastDims(before, dim);
  if (size === undefined) throw shapeError(node, `has sizes ${before} and ${dim} for the same letter ${letter}`);
  letters.set(letter, size);
}

function broadcastEllipsis(node: Node, a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const at = (dims: readonly Dim[]): Dim => (axis < rank - dims.length ? 1 : dims[axis - rank + dims.length]!);
    const dim = broadcastDims(at(a), at(b));
    if (dim === undefined) throw shapeError(node, `cannot broadcast ${formatShape(a)} with ${formatShape(b)}`);
    return dim;
  });
}

export const records: readonly OperatorRecord[] = withGradients([
  {
    op: 'Einsum',
    since: 12,
    summary: 'Sum of products written as an equation of axes.',
    quantize: noIntegerKernel('Einsum'),
    infer(context) {
      const { node } = context;
      const { terms, result } = parseEquation(node);
      const indices = allInputs(context);
      const type = commonType(context, indices);
      const sizes = sizesOf(node, terms, indices.map((index) => shapeAt(context, index))); // prettier-ignore
      if (!sizes) return [tensorOf(type)];
      const shape = (result ?? implicitResult(terms)).flatMap((axis): readonly Dim[] => {
        if (axis === '...') return sizes.ellipsis;
        const dim = sizes.letters.get(axis);
        if (dim === undefined) throw shapeError(node, `has letter ${axis} in its result only`);
        return [dim];
      });
      return [tensorOf(type, shape)];
    },
    /** One multiply-add for every combination of all letters, per pair of operands; a single operand multiplies nothing. */
    macs(node, inputs) {
      const { terms } = parseEquation(node);
      if (terms.length < 2) return 0;
      const sizes = sizesOf(node, terms, inputs.map((input) => input?.shape)); // prettier-ignore
      const all = sizes && productOf([...sizes.letters.values(), ...sizes.ellipsis]);
      return typeof all === 'number' ? all * (terms.length - 1) : undefined;
    },
  },
]);
