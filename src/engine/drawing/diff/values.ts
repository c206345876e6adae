import { throwIfCancelled } from '../../base/errors.ts';
import { DataType, dataTypeBits } from '../../onnx/data-type.ts';
import { FileRanges } from '../../onnx/file-ranges.ts';
import { loadTensor } from '../../onnx/scan.ts';
import { Tensor } from '../../onnx/tensor.ts';
import { sliceBytes } from './content.ts';
import type { Constant } from './folded.ts';

/** Numbers of one constant, a stretch of elements at a time. `at`: place of the first. */
export interface Stretch {
  readonly at: number;
  readonly values: Float64Array;
}

/** A constant as it is computed with: dequantized, or rounded as its QuantizeLinear would. */
export class ConstantValues {
  private constructor(
    readonly tensor: Tensor,
    private readonly decode: (stretch: Stretch) => Float64Array,
    /** Real numbers that the integers of a channel reach, along `axis`; undefined: the constant is stored as float. */
    readonly reach: ((index: number) => readonly [low: number, high: number]) | undefined,
  ) {}

  /** Reads scales and zero points, not the constant itself. */
  static async open(constant: Constant): Promise<ConstantValues> {
    const { tensor, scale, zeroPoint, roundedTo } = constant;
    if (!scale) return new ConstantValues(tensor, ({ values }) => values, undefined);
    const scales = (await loadTensor(scale)).toFloat64();
    const zeros = zeroPoint ? (await loadTensor(zeroPoint)).toFloat64() : new Float64Array(1);
    const place = scalePlace(constant, scales.length);
    const zeroOf = (index: number): number => zeros[zeros.length === 1 ? 0 : place(index)] ?? 0;
    const [least, most] = integerRange(roundedTo ?? tensor.type);
    const reach = (index: number): [number, number] => {
      const [step, zero] = [scales[place(index)] ?? NaN, zeroOf(index)];
      return [(least - zero) * step, (most - zero) * step];
    };
    const decode = ({ at, values }: Stretch): Float64Array =>
      values.map((value, i) => {
        const [step, zero] = [scales[place(at + i)] ?? NaN, zeroOf(at + i)];
        const stored = roundedTo === undefined ? value : Math.min(most, Math.max(least, roundEven(value / step) + zero));
        return (stored - zero) * step;
      });
    return new ConstantValues(tensor, decode, reach);
  }

  /** All numbers in order, `sliceBytes` of the file at a time. Throws `model.truncated`, `file.read`, `cancelled`. */
  async *stretches(signal: AbortSignal): AsyncGenerator<Stretch> {
    const { tensor } = this;
    const { source, type, size } = tensor;
    if (source.kind !== 'file' && !tensor.isLoaded) return;
    const bits = dataTypeBits(type) ?? 0;
    // A multiple of 24 bytes ends at an element whatever its width.
    const step = Math.floor(sliceBytes / 24) * 24;
    const ranges = new FileRanges();
    try {
      for (let from = 0; from < tensor.byteLength; from += step) {
        throwIfCancelled(signal);
        const length = Math.min(step, tensor.byteLength - from);
        const bytes =
          source.kind === 'file'
            ? await ranges.read({ path: source.path, offset: source.offset + from, length })
            : tensor.bytes.subarray(from, from + length);
        const at = (from * 8) / bits;
        const count = Math.min(size - at, (length * 8) / bits);
        const values = new Tensor(type, [Math.floor(count)], { kind: 'bytes', bytes }).toFloat64();
        yield { at, values: this.decode({ at, values }) };
      }
    } finally {
      await ranges.close();
    }
  }
}

/** To the nearest integer, halves to the even one (ONNX QuantizeLinear). */
function roundEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Which scale an element has (ONNX DequantizeLinear-21): one for all, one for each place along an axis, or one for each block along it. */
function scalePlace({ tensor, axis = 1, blockSize = 0 }: Constant, scales: number): (index: number) => number {
  if (scales <= 1) return () => 0;
  const { dims } = tensor;
  const along = axis < 0 ? axis + dims.length : axis;
  const inner = dims.slice(along + 1).reduce((product, dim) => product * dim, 1);
  const length = dims[along] ?? 1;
  if (blockSize <= 0) return (index) => Math.floor(index / inner) % length;
  const blocks = Math.ceil(length / blockSize);
  return (index) => {
    const outer = Math.floor(index / (inner * length));
    const block = Math.floor((Math.floor(index / inner) % length) / blockSize);
    return (outer * blocks + block) * inner + (index % inner);
  };
}

const unsigned: ReadonlySet<number> = new Set([DataType.uint2, DataType.uint4, DataType.uint8, DataType.uint16, DataType.uint32]);

/** Least and greatest integer of a type; of floats nothing is cut off. */
export function integerRange(type: number): readonly [least: number, most: number] {
  const integers: readonly number[] = [DataType.int2, DataType.int4, DataType.int8, DataType.int16, DataType.int32];
  const bits = dataTypeBits(type) ?? 8;
  if (unsigned.has(type)) return [0, 2 ** bits - 1];
  return integers.includes(type) ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [-Infinity, Infinity];
}
