import { floatAttribute } from '../../../onnx/graph.ts';
import { DataType } from '../../../onnx/data-type.ts';
import { Tensor } from '../../../onnx/tensor.ts';
import type { LoweringRule, LoweringSite } from '../lowering.ts';

/** A place that emits nodes: plain or blocked. */
export interface Emits {
  readonly node: LoweringSite['node'];
  emit(op: string, inputs: readonly string[], values?: Parameters<LoweringSite['emit']>[2]): string;
  reshape(value: string, shape: readonly number[]): string;
  indices(values: readonly number[]): string;
  number(value: number): string;
  store(tensor: Tensor): string;
}

/** Codes of uint8. */
const levels = 256;

/**
 * One scale for all: QuantizeLinear and DequantizeLinear, three times as fast as division, rounding and product, on codes of uint8 that begin at `low`, behind a
 * Clip where the range has fewer. Wider ranges and one scale a channel (weights, which are small): written out.
 */
export function rounded(site: Emits, x: string, scale: string): string {
  const [low, high] = [site.node.int('low', -128), site.node.int('high', 127)];
  const asPair = low <= 0 && low >= 1 - levels && high - low < levels && site.node.int('half_up', 0) === 0;
  if (!asPair) return writtenOut(site, x, scale, low, high);
  const bound = (limit: number): string => site.emit('Mul', [scale, site.number(limit)]);
  const cut = high - low === levels - 1 ? x : site.emit('Clip', [x, bound(low), bound(high)]);
  const zero = site.store(Tensor.of(DataType.uint8, [], Uint8Array.of(-low)));
  return site.emit('DequantizeLinear', [site.emit('QuantizeLinear', [cut, scale, zero]), scale, zero]);
}

function writtenOut(site: Emits, x: string, scale: string, low: number, high: number): string {
  const nearest = whole(site, site.emit('Div', [x, scale]));
  return site.emit('Mul', [site.emit('Clip', [nearest, site.number(low), site.number(high)]), scale]);
}

/** Halves go to even, or up as in a board's shifts: ⌊(⌊2v⌋ + 1) / 2⌋, whose steps are exact where v + ½ need not be. */
function whole(site: Emits, value: string): string {
  if (site.node.int('half_up', 0) === 0) return site.emit('Round', [value]);
  const halves = site.emit('Floor', [site.emit('Mul', [value, site.number(2)])]);
  return site.emit('Floor', [site.emit('Mul', [site.emit('Add', [halves, site.number(1)]), site.number(0.5)])]);
}

/** 1 where low·s ≤ x ≤ high·s, else 0. */
export function inside(site: Emits, x: string, scale: string, isNonNegative = false): string {
  const [low, high] = [site.node.int('low', -128), site.node.int('high', 127)];
  // Not below zero at the bounds themselves: beta 1, and anything beyond is steep enough for 0.
  const within = (rest: string): string => site.emit('HardSigmoid', [rest], { alpha: floatAttribute(1e30), beta: floatAttribute(1) });
  const upper = within(site.emit('Sub', [site.emit('Mul', [scale, site.number(high)]), x]));
  if (isNonNegative && low <= 0) return upper;
  const lower = within(site.emit('Sub', [x, site.emit('Mul', [scale, site.number(low)])]));
  return site.emit('Mul', [upper, lower]);
}

/** The scale with ones for all axes but its own. */
function spread(site: LoweringSite, scale: string, index: number): string {
  const axis = site.node.int('axis', -1);
  const rank = site.inputShape(index).length;
  if (axis < 0) return scale;
  return site.reshape(
    scale,
    Array.from({ length: rank }, (_, i) => (i === axis ? site.inputShape(index)[axis]! : 1)),
  );
}

export const fakeQuantize: LoweringRule = (site) => {
  const scale = spread(site, site.input(1), 0);
  if (site.node.int('axis', -1) < 0) return [rounded(site, site.input(0), scale)];
  return [writtenOut(site, site.input(0), scale, site.node.int('low', -128), site.node.int('high', 127))];
};

/** What stands for x inside the range in the scale's gradient: y takes the part of rounding out of it. */
export const withinRange = (site: Emits, x: string, y: string): string => (site.node.int('clipping', 0) ? y : x);

/** ds · s = Σ dy·y − Σ dx·x over the elements of each scale. */
export const fakeQuantizeGradient: LoweringRule = (site) => {
  const [dy, x, y] = [site.input(0), site.input(1), site.input(2)];
  const scale = spread(site, site.input(3), 1);
  const dx = site.emit('Mul', [dy, inside(site, x, scale)]);
  if (site.node.int('learns', 0) === 0) return [dx];
  const axis = site.node.int('axis', -1);
  const shape = site.inputShape(1);
  const others = shape.flatMap((_, i) => (i === axis ? [] : [i]));
  const difference = site.emit('Sub', [site.emit('Mul', [dy, y]), site.emit('Mul', [dx, withinRange(site, x, y)])]);
  // Without axes ReduceSum takes all.
  const sum = (): string => site.emit('ReduceSum', axis < 0 ? [difference] : [difference, site.indices(others)], { keepdims: 0 });
  const total = axis >= 0 && others.length === 0 ? difference : sum();
  return [dx, scaleGradient(site, total, site.input(3), site.inputShape(3))];
};

export function scaleGradient(site: Emits, total: string, scale: string, shape: readonly number[]): string {
  const divided = site.emit('Div', [site.reshape(total, shape), scale]);
  return site.emit('Mul', [divided, site.number(site.node.float('gradient_scale', 1))]);
}
