import { DataType } from '../onnx/data-type.ts';
import type { Node } from '../onnx/graph.ts';
import type { LayerWeights } from './layer-weights.ts';
import { rangeOf, type Scheme } from './scheme.ts';
import type { QuantizeSettings } from './step.ts';
import type { LayerRow, SchemeRow } from './types.ts';
import { storedType } from './pack.ts';
import { weightFormat } from './weight-format/index.ts';
import { weightSqnr } from './weights.ts';

const typeNames = {
  [DataType.int8]: 'int8',
  [DataType.uint8]: 'uint8',
  [DataType.int16]: 'int16',
  [DataType.uint16]: 'uint16',
  [DataType.int4]: 'int4',
  [DataType.uint4]: 'uint4',
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

  /** `storage` is that of the layer's settings; `found` null: a node without weights. */
  add(
    node: Node,
    storage: QuantizeSettings['storage'] | undefined,
    found: (LayerWeights & Pick<LayerRow, 'loss'>) | null,
    around: Pick<LayerRow, 'input' | 'output'>,
  ): void {
    const weights = found && storage ? weightRow(found, storage) : null;
    this.rows.push({ name: node.label, op: node.qualifiedOp, weights, ...around, ...(found?.loss && { loss: found.loss }) });
  }
}

function weightRow({ weights, saturation }: LayerWeights, storage: QuantizeSettings['storage']): NonNullable<LayerRow['weights']> {
  const { scales, axis, blocks, bits } = weights;
  const least = scales.reduce((a, b) => Math.min(a, b), Infinity);
  const greatest = scales.reduce((a, b) => Math.max(a, b), 0);
  return {
    bits: weightFormat(bits).bits,
    ...(typeof bits === 'string' ? { format: bits } : {}),
    elements: weights.data.length,
    type: typeNames[storedType(weights, storage)],
    granularity: blocks ? 'block' : axis === undefined ? 'tensor' : 'channel',
    scales: [least, greatest],
    sqnr: weightSqnr(weights),
    saturation,
  };
}
