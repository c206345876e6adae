import { dataTypeName } from '../../onnx/data-type.ts';
import { loadTensor } from '../../onnx/scan.ts';
import { outputStorage } from './changes.ts';
import type { FoldedGraph, Unit } from './folded.ts';
import { integerRange } from './values.ts';

/** What the integers of a layer's output stand for. */
export interface OutputRange {
  /** "uint8". */
  readonly type: string;
  /** Real numbers that the least and the greatest integer stand for; of several scales the widest. */
  readonly low: number;
  readonly high: number;
  /** Real number of one integer step, of several scales the greatest. */
  readonly step: number;
}

/** Undefined for an output that stays float, or whose scale is computed. Throws `model.truncated`, `file.read`. */
export async function outputRange(folded: FoldedGraph, unit: Unit): Promise<OutputRange | undefined> {
  const storage = outputStorage(folded, unit);
  if (!storage?.scale) return undefined;
  const scales = (await loadTensor(storage.scale)).toFloat64();
  const zeros = storage.zeroPoint ? (await loadTensor(storage.zeroPoint)).toFloat64() : new Float64Array(1);
  const [least, most] = integerRange(storage.type);
  let [low, high, step] = [Infinity, -Infinity, 0];
  scales.forEach((scale, i) => {
    const zero = zeros[zeros.length === 1 ? 0 : i] ?? 0;
    low = Math.min(low, (least - zero) * scale);
    high = Math.max(high, (most - zero) * scale);
    step = Math.max(step, scale);
  });
  return { type: dataTypeName(storage.type), low, high, step };
}
