import type { Tensor } from '../../onnx/tensor.ts';
import { DataType, dataTypeBits, dataTypeName, isFloatType } from '../../onnx/data-type.ts';
import type { Dim } from '../../onnx/graph.ts';
import type { Shapes } from '../../ops/infer.ts';
import type { Constant, FoldedGraph, Operand, Unit } from './folded.ts';
import type { Matching } from './match.ts';
import { attributeText, changedAttributes } from './signature.ts';

/** What two matched layers differ in. `precision`: how numbers are stored; `inputs`: they read other layers. */
export type ChangeKind = 'operator' | 'attributes' | 'weights' | 'precision' | 'shape' | 'inputs';

export interface LayerChange {
  readonly kind: ChangeKind;
  /** For people: "strides 1, 1 → 2, 2". */
  readonly text: string;
}

/** Longer values of attributes are not written out. */
const shownText = 40;

/** What changed between two matched units. `shapes`: what is known of the values of either model. */
export function layerChanges(matching: Matching, a: Unit, b: Unit, shapes: { readonly a: Shapes; readonly b: Shapes }): LayerChange[] {
  return [
    ...operatorChange(a, b),
    ...attributeChanges(a, b),
    ...weightChanges(matching, a, b),
    ...outputPrecision(matching, a, b),
    ...shapeChange(a, b, shapes),
    ...(readsOthers(matching, a, b) ? [{ kind: 'inputs' as const, text: 'reads other layers' }] : []),
  ];
}

function operatorChange(a: Unit, b: Unit): LayerChange[] {
  const [before, after] = [a.node.qualifiedOp, b.node.qualifiedOp];
  return before === after ? [] : [{ kind: 'operator', text: `${before} → ${after}` }];
}

function attributeChanges(a: Unit, b: Unit): LayerChange[] {
  return changedAttributes(a.node, b.node).map((name) => {
    const [before, after] = [a, b].map(({ node }) => {
      const attribute = node.attributes.get(name);
      return attribute
        ? attributeText(attribute)
            .replace(/^(ints|int|floats|float|string) /, '')
            .replaceAll(',', ', ')
        : 'not given';
    }) as [string, string];
    const short = before.length <= shownText && after.length <= shownText;
    return { kind: 'attributes', text: short ? `${name} ${before} → ${after}` : name };
  });
}

function weightChanges({ hashes }: Matching, a: Unit, b: Unit): LayerChange[] {
  const changes: LayerChange[] = [];
  for (let place = 0; place < Math.max(a.operands.length, b.operands.length); place++) {
    const [before, after] = [a.operands[place]?.constant, b.operands[place]?.constant];
    if (!before && !after) continue;
    const name = constantName(a, place);
    if (!before || !after) changes.push({ kind: 'weights', text: `${name} ${after ? 'added' : 'removed'}` });
    else if (!sameTensor(hashes, before.tensor, after.tensor)) changes.push(...tensorChange(name, before, after));
    else if (storedType(before) !== storedType(after)) changes.push({ kind: 'precision', text: typeText(name, before, after) });
    else if (!sameScale(before, after)) changes.push({ kind: 'precision', text: `${name}: other scales` });
  }
  return changes;
}

/** Whether some constant of the one is not the same in the other: its numbers, its shape, or how it is stored. */
export const constantsDiffer = (matching: Matching, a: Unit, b: Unit): boolean => weightChanges(matching, a, b).length > 0;

function tensorChange(name: string, before: Constant, after: Constant): LayerChange[] {
  const changes: LayerChange[] = [];
  const [from, to] = [before.tensor.dims.join('×'), after.tensor.dims.join('×')];
  const types = storedType(before) !== storedType(after);
  if (from !== to) changes.push({ kind: 'weights', text: `${name} ${from || 'scalar'} → ${to || 'scalar'}` });
  else changes.push({ kind: 'weights', text: types ? typeText(name, before, after) : `other ${name}` });
  if (types && from !== to) changes.push({ kind: 'precision', text: typeText(name, before, after) });
  return changes;
}

const typeText = (name: string, before: Constant, after: Constant): string =>
  `${name} ${dataTypeName(storedType(before))} → ${dataTypeName(storedType(after))}`;

/** The type of the numbers that are computed with, in front of DequantizeLinear. */
export const storedType = ({ tensor, roundedTo }: Constant): number => roundedTo ?? tensor.type;

const constantNames: Readonly<Record<string, readonly string[]>> = {
  BatchNormalization: ['input', 'scale', 'shift', 'mean', 'variance'],
  LayerNormalization: ['input', 'scale', 'bias'],
  InstanceNormalization: ['input', 'scale', 'bias'],
};

/** "weights", "bias": what a constant at a place is for. */
export function constantName({ op, operands }: Unit, place: number): string {
  const named = constantNames[op]?.[place];
  if (named !== undefined) return named;
  if (/^(Conv|ConvTranspose|Gemm|MatMul)$/.test(op)) return place === 2 ? 'bias' : 'weights';
  return operands.length > 2 ? `constant ${place}` : 'constant';
}

/** By what was hashed: tensors whose form the other model does not have were never read, and are not the same. */
function sameTensor(hashes: Matching['hashes'], a: Tensor, b: Tensor): boolean {
  const [left, right] = [hashes.known(a), hashes.known(b)];
  return left !== undefined && left === right;
}

function sameScale(a: Constant, b: Constant): boolean {
  return smallText(a.scale) === smallText(b.scale) && smallText(a.zeroPoint) === smallText(b.zeroPoint);
}

/** Scales are small, so that a scan has loaded them; others are told apart by their shapes. */
const smallText = (tensor: Tensor | undefined): string =>
  tensor ? `${tensor.dims.join()} ${tensor.isLoaded ? Buffer.from(tensor.bytes).toString('latin1') : ''}` : '';

function outputPrecision({ a: graphA, b: graphB }: Matching, a: Unit, b: Unit): LayerChange[] {
  const [before, after] = [outputStorage(graphA, a), outputStorage(graphB, b)];
  if (before?.type === after?.type) {
    const same = before?.scale === after?.scale || smallText(before?.scale) === smallText(after?.scale);
    return same ? [] : [{ kind: 'precision', text: 'output: other scale' }];
  }
  const name = (type: number | undefined): string => (type === undefined ? 'float' : dataTypeName(type));
  return [{ kind: 'precision', text: `output ${name(before?.type)} → ${name(after?.type)}` }];
}

/** How the first output of a unit is stored on its way: the QuantizeLinear that reads it, or the operator's own output scale. */
export interface Storage {
  readonly type: number;
  readonly scale?: Tensor;
  readonly zeroPoint?: Tensor;
}

export function outputStorage({ graph }: FoldedGraph, { node }: Unit): Storage | undefined {
  const value = node.outputs[0] ?? '';
  const quantize = graph.users(value).find(({ node: user, index }) => user.op === 'QuantizeLinear' && index === 0)?.node;
  if (quantize) return storage(graph, quantize.inputs[1], quantize.inputs[2], quantize.int('output_dtype', 0));
  if (/^QLinear(Conv|MatMul)$/.test(node.op)) return storage(graph, node.inputs[6], node.inputs[7], 0);
  if (/^QLinear(Add|Mul)$/.test(node.op)) return storage(graph, node.inputs[6], node.inputs[7], 0);
  return undefined;
}

/** QuantizeLinear: the type of the zero point, else `output_dtype`, else uint8. */
function storage(graph: FoldedGraph['graph'], scale: string | undefined, zeroPoint: string | undefined, declared: number): Storage {
  const zero = graph.constant(zeroPoint ?? '');
  return { type: zero?.type ?? (declared || DataType.uint8), scale: graph.constant(scale ?? ''), zeroPoint: zero };
}

function shapeChange(a: Unit, b: Unit, shapes: { a: Shapes; b: Shapes }): LayerChange[] {
  const [before, after] = [shapes.a.of(a.node.outputs[0] ?? '')?.shape, shapes.b.of(b.node.outputs[0] ?? '')?.shape];
  if (!before || !after) return [];
  const [from, to] = [dimsText(before), dimsText(after)];
  return from === to ? [] : [{ kind: 'shape', text: `output ${from} → ${to}` }];
}

const dimsText = (dims: readonly Dim[]): string => dims.map((dim) => dim ?? '?').join('×') || 'scalar';

/** A value that the one reads at a place comes from a layer that is still there, and the other reads something else there. */
function readsOthers({ ofA, ofB }: Matching, a: Unit, b: Unit): boolean {
  for (let place = 0; place < Math.max(a.operands.length, b.operands.length); place++) {
    const [left, right] = [a.operands[place], b.operands[place]];
    if (!isRead(left) && !isRead(right)) continue;
    // What is read from outside is there in both models; what is read from an unmatched layer is told there.
    const goesTo = isRead(left) ? (left.unit < 0 ? -1 : ofA[left.unit]!) : undefined;
    const comesFrom = isRead(right) ? (right.unit < 0 ? -1 : ofB[right.unit]!) : undefined;
    if (isRead(left) && isRead(right)) {
      if (left.unit < 0 && right.unit < 0) continue;
      const known = (left.unit < 0 || goesTo! >= 0) && (right.unit < 0 || comesFrom! >= 0);
      if (known && (goesTo !== right.unit || left.output !== right.output)) return true;
    } else if ((goesTo ?? comesFrom)! >= 0) return true;
  }
  return false;
}

const isRead = (operand: Operand | undefined): operand is Operand => operand !== undefined && !operand.constant;

/** Bits of a layer's weights as stored; undefined where it has none. Of several constants the largest counts; shapes and indices are no weights. */
export function weightBits({ operands, node }: Unit): number | undefined {
  let largest: Constant | undefined;
  for (const operand of operands) {
    const constant = operand?.constant;
    if (constant && (isWeight(constant) || isNarrow(constant)) && constant.tensor.size > (largest?.tensor.size ?? 1)) largest = constant;
  }
  if (!largest) return undefined;
  return node.op === 'MatMulNBits' ? node.int('bits', 4) : dataTypeBits(storedType(largest));
}

/** Floats, and integers that have a scale. */
export const isWeight = ({ tensor, scale }: Constant): boolean => isFloatType(tensor.type) || scale !== undefined;

/** Integers of a byte or less, whose scale is computed (ConvInteger): shapes and indices are wider. */
const isNarrow = ({ tensor }: Constant): boolean => tensor.type !== DataType.bool && (dataTypeBits(tensor.type) ?? 64) <= 8;
