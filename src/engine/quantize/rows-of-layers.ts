import { DataType } from '../onnx/data-type.ts';
import type { Node } from '../onnx/graph.ts';
import type { LayerWeights } from './layer-weights.ts';
import { rangeOf, type Scheme } from './scheme.ts';
import type { QuantizeSettings } from './step.ts';
import type { LayerRow, SchemeRow } from './types.ts';
import { weightSqnr } from './weights.ts';

const typeNames = {
  [DataType.int8]: 'int8',
  [DataType.uint8]: 'uint8',
  [DataType.int16]: 'int16',
  [DataType.uint16]: 'uint16',
} as const;

/** A scheme and what was observed, for the report. */
export function schemeRow(scheme: Scheme, observed: { readonly low: number; readonly high: number } | undefined): SchemeRow {
  const { scale, zeroPoint, type, lowest, highest } = scheme;
  const bits = Math.ceil(Math.log2(highest - lowest + 1));
  const seen = observed && observed.low <= observed.high ? { low: observed.low, high: observed.high } : null;
  return { type: typeNames[type], bits, ...rangeOf(scheme), scale, zeroPoint, observed: seen };
}

/** Collects one row for each node that was quantized. */
export class LayerRows {
  readonly rows: LayerRow[] = [];

  add(
    node: Node,
    bits: QuantizeSettings['weights'] | undefined,
    found: LayerWeights | null,
    around: Pick<LayerRow, 'input' | 'output'>,
  ): void {
    this.rows.push({
      name: node.label,
      op: node.qualifiedOp,
      weights: found && typeof bits === 'number' ? weightRow(bits, found) : null,
      ...around,
    });
  }
}

function weightRow(bits: number, { weights, saturation }: LayerWeights): NonNullable<LayerRow['weights']> {
  const { scales, axis, type } = weights;
  const least = scales.reduce((a, b) => Math.min(a, b), Infinity);
  const greatest = scales.reduce((a, b) => Math.max(a, b), 0);
  const granularity = axis === undefined ? 'tensor' : 'channel';
  return { bits, type: typeNames[type], granularity, scales: [least, greatest], sqnr: weightSqnr(weights), saturation };
}
