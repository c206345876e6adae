import { LatheError } from '../base/errors.ts';

/** A layer as one matrix product a group: `outputs` sums over `depth` inputs each. Depthwise: a group for each channel. */
export interface ProductShape {
  readonly groups: number;
  readonly depth: number;
  /** Output channels of one group. */
  readonly outputs: number;
}

/** What some pictures add, summed over all of their `positions`; float32 as ONNX Runtime computed it. */
export interface PictureMoments {
  readonly pictures: number;
  readonly positions: number;
  /** [groups, depth, depth + outputs]: sums of x xᵀ and, beside them, of x yᵀ. */
  readonly products: Float32Array;
  /** [groups, depth]. */
  readonly inputs: Float32Array;
  /** [groups, outputs]: sums of y, and of y². */
  readonly targets: Float32Array;
  readonly targetSquares: Float32Array;
}

/** Rounding to a multiple of this share of the largest possible product keeps sums of 2^17 pictures exact in a double. */
const resolution = 2 ** -36;

/** Adding and subtracting 1.5 * 2^52 rounds a double below 2^51 to the nearest integer, halves to even. */
const rounder = 6755399441055744;

/**
 * First and second moments of what a layer reads, x, and of what it should give, y: E[x xᵀ], E[x yᵀ], E[x], E[y], E[y²]. With them the mean
 * squared error of any weights is a quadratic form. Each picture counts once, whatever its size. Sums are integers in double, so parts
 * merge to the same bytes in any order. Memory: 8 * groups * depth * (depth + outputs) bytes, whatever the number of pictures.
 */
export class SecondMoment {
  /** Pictures added. */
  pictures = 0;
  readonly #products: Float64Array;
  readonly #inputs: Float64Array;
  readonly #targets: Float64Array;
  readonly #squares: Float64Array;

  /** `reach`: no |x| and no |y| is far beyond these; it sets the resolution of the sums, 2^-36 of the greatest product. */
  constructor(
    readonly shape: ProductShape,
    readonly reach: { readonly input: number; readonly target: number },
  ) {
    const { groups, depth, outputs } = shape;
    this.#products = new Float64Array(groups * depth * (depth + outputs));
    this.#inputs = new Float64Array(groups * depth);
    this.#targets = new Float64Array(groups * outputs);
    this.#squares = new Float64Array(groups * outputs);
  }

  /** False, and nothing is added, where something is not finite. */
  add(part: PictureMoments): boolean {
    const { groups, depth, outputs } = this.shape;
    const { products, pictures, positions } = part;
    if (!allFinite(part.inputs) || !allFinite(part.targetSquares) || !allFinite(products)) return false;
    this.pictures += pictures;
    const units = this.#units();
    const width = depth + outputs;
    const share = pictures / positions;
    for (let row = 0; row < groups * depth; row++) {
      accumulate(this.#products, products, row * width, depth, share / units.xx);
      accumulate(this.#products, products, row * width + depth, outputs, share / units.xy);
    }
    accumulate(this.#inputs, part.inputs, 0, groups * depth, share / units.x);
    accumulate(this.#targets, part.targets, 0, groups * outputs, share / units.y);
    accumulate(this.#squares, part.targetSquares, 0, groups * outputs, share / units.yy);
    return true;
  }

  /** Throws LatheError `statistics.parts` when the other one is of another layer. */
  merge(other: SecondMoment): void {
    const same = (['groups', 'depth', 'outputs'] as const).every((key) => this.shape[key] === other.shape[key]);
    if (!same || this.reach.input !== other.reach.input || this.reach.target !== other.reach.target) {
      throw new LatheError('statistics.parts', 'second moments of different layers cannot be added');
    }
    this.pictures += other.pictures;
    other.#products.forEach((sum, i) => (this.#products[i]! += sum));
    other.#inputs.forEach((sum, i) => (this.#inputs[i]! += sum));
    other.#targets.forEach((sum, i) => (this.#targets[i]! += sum));
    other.#squares.forEach((sum, i) => (this.#squares[i]! += sum));
  }

  /** The means over all pictures, of one group. Zeros while there are none. */
  group(index: number): GroupMoments {
    const { depth, outputs } = this.shape;
    const units = this.#units();
    const share = 1 / Math.max(1, this.pictures);
    const width = depth + outputs;
    const inputProducts = new Float64Array(depth * depth);
    const crossProducts = new Float64Array(depth * outputs);
    for (let row = 0; row < depth; row++) {
      const at = (index * depth + row) * width;
      for (let i = 0; i < depth; i++) inputProducts[row * depth + i] = this.#products[at + i]! * units.xx * share;
      for (let i = 0; i < outputs; i++) crossProducts[row * outputs + i] = this.#products[at + depth + i]! * units.xy * share;
    }
    return { inputProducts, crossProducts, ...this.means(index) };
  }

  /** The same without the products. */
  means(index: number): GroupMeans {
    const { depth, outputs } = this.shape;
    const units = this.#units();
    const take = (from: Float64Array, length: number, unit: number): Float64Array =>
      from.slice(index * length, (index + 1) * length).map((sum) => (sum * unit) / Math.max(1, this.pictures));
    return {
      inputMeans: take(this.#inputs, depth, units.x),
      targetMeans: take(this.#targets, outputs, units.y),
      targetSquares: take(this.#squares, outputs, units.yy),
    };
  }

  #units(): { x: number; y: number; xx: number; xy: number; yy: number } {
    const { input, target } = this.reach;
    const unit = (largest: number): number => 2 ** Math.ceil(Math.log2(Math.max(largest, 2 ** -60))) * resolution;
    return { x: unit(input), y: unit(target), xx: unit(input * input), xy: unit(input * target), yy: unit(target * target) };
  }
}

/** Means over positions and pictures. */
export interface GroupMeans {
  /** E[x]. */
  readonly inputMeans: Float64Array;
  /** E[y], E[y²]. */
  readonly targetMeans: Float64Array;
  readonly targetSquares: Float64Array;
}

export interface GroupMoments extends GroupMeans {
  /** E[x xᵀ], [depth, depth]. */
  readonly inputProducts: Float64Array;
  /** E[x yᵀ], [depth, outputs]. */
  readonly crossProducts: Float64Array;
}

function accumulate(sums: Float64Array, values: Float32Array, from: number, count: number, factor: number): void {
  for (let i = from; i < from + count; i++) sums[i]! += values[i]! * factor + rounder - rounder;
}

/** A sum of finite float32 numbers may overflow only where the moments themselves would. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return Number.isFinite(sum);
}
