import { LatheError } from '../base/errors.ts';

/** A layer as one matrix product a group: `outputs` sums over `depth` inputs each. Depthwise: a group for each channel. */
export interface ProductShape {
  readonly groups: number;
  readonly depth: number;
  /** Output channels of one group. */
  readonly outputs: number;
}

/** Sums over all positions of some pictures, float32 as ONNX Runtime computed them. */
export type PartSums<Name extends string> = Readonly<Record<Name, Float32Array>>;

/** How many pictures and positions a part is of. */
export interface PartSize {
  readonly pictures: number;
  readonly positions: number;
}

/** Rounding to a multiple of this share of the largest possible sum keeps the sums of 2^17 pictures exact in a double. */
const resolution = 2 ** -36;

/** Adding and subtracting 1.5 * 2^52 rounds a double below 2^51 to the nearest integer, halves to even. */
const rounder = 6755399441055744;

interface Sum {
  readonly length: number;
  /** No summand is far beyond it. */
  readonly reach: number;
}

/**
 * Named vectors of means over pictures, each picture counting once whatever its size. Kept as integers in double: parts merge to the same
 * bytes in any order. Memory: 8 bytes an element, whatever the number of pictures.
 */
export class MeanSums<Name extends string> {
  /** Pictures added, and positions looked at in all of them. */
  pictures = 0;
  positions = 0;
  readonly #sums: ReadonlyMap<Name, { readonly values: Float64Array; readonly unit: number }>;

  constructor(vectors: Readonly<Record<Name, Sum>>) {
    const made = (Object.entries(vectors) as [Name, Sum][]).map(([name, { length, reach }]) => {
      const unit = 2 ** Math.ceil(Math.log2(Math.min(2 ** 500, Math.max(reach, 2 ** -120)))) * resolution;
      return [name, { values: new Float64Array(length), unit }] as const;
    });
    this.#sums = new Map(made);
  }

  /** False, and nothing is added, where something is not finite. */
  add(part: PartSums<Name>, { pictures, positions }: PartSize): boolean {
    for (const name of this.#sums.keys()) if (!allFinite(part[name])) return false;
    this.pictures += pictures;
    this.positions += positions;
    for (const [name, { values, unit }] of this.#sums) {
      const from = part[name];
      const factor = pictures / (positions * unit);
      for (let i = 0; i < values.length; i++) values[i]! += from[i]! * factor + rounder - rounder;
    }
    return true;
  }

  /** Throws LatheError `statistics.parts` when the other one is of something else. */
  merge(other: MeanSums<Name>): void {
    for (const [name, { values, unit }] of this.#sums) {
      const theirs = other.#sums.get(name);
      if (theirs?.values.length !== values.length || theirs.unit !== unit) {
        throw new LatheError('statistics.parts', 'second moments of different layers cannot be added');
      }
      for (let i = 0; i < values.length; i++) values[i]! += theirs.values[i]!;
    }
    this.pictures += other.pictures;
    this.positions += other.positions;
  }

  /** Elements `from` to `to` of a vector; zeros while there are no pictures. */
  vector(name: Name, from: number, to: number): Float64Array {
    const { values, unit } = this.#sums.get(name)!;
    const factor = unit / Math.max(1, this.pictures);
    return values.slice(from, to).map((sum) => sum * factor);
  }
}

/**
 * First and second moments of what a layer reads, x, and of what it should give, y; with them the mean squared error of any weights is a
 * quadratic form. E[x xᵀ] as [groups, depth, depth], E[x] as [groups, depth], E[x yᵀ] as [groups, depth, outputs], E[y] and E[y²] as
 * [groups, outputs]. `reach`: no |x| and no |y| is far beyond these. Memory: 8 * groups * depth * (depth + outputs) bytes.
 */
export class SecondMoment extends MeanSums<'products' | 'inputs' | 'cross' | 'targets' | 'squares'> {
  constructor(
    readonly shape: ProductShape,
    reach: { readonly input: number; readonly target: number },
  ) {
    const { groups, depth, outputs } = shape;
    super({
      products: { length: groups * depth * depth, reach: reach.input ** 2 },
      inputs: { length: groups * depth, reach: reach.input },
      cross: { length: groups * depth * outputs, reach: reach.input * reach.target },
      targets: { length: groups * outputs, reach: reach.target },
      squares: { length: groups * outputs, reach: reach.target ** 2 },
    });
  }

  /** The means over all pictures, of one group. */
  group(index: number): GroupMoments {
    const { depth, outputs } = this.shape;
    const square = depth * depth;
    return {
      samples: this.positions,
      inputProducts: this.vector('products', index * square, (index + 1) * square),
      crossProducts: this.vector('cross', index * depth * outputs, (index + 1) * depth * outputs),
      ...this.means(index),
    };
  }

  /** The same without the products. */
  means(index: number): GroupMeans {
    const { depth, outputs } = this.shape;
    return {
      inputMeans: this.vector('inputs', index * depth, (index + 1) * depth),
      targetMeans: this.vector('targets', index * outputs, (index + 1) * outputs),
      targetSquares: this.vector('squares', index * outputs, (index + 1) * outputs),
    };
  }
}

export interface GroupMeans {
  /** E[x]. */
  readonly inputMeans: Float64Array;
  /** E[y], E[y²]. */
  readonly targetMeans: Float64Array;
  readonly targetSquares: Float64Array;
}

/** Means over positions and pictures. */
export interface GroupMoments extends GroupMeans {
  /** Positions of all pictures that the means are of. */
  readonly samples: number;
  /** E[x xᵀ], [depth, depth]. */
  readonly inputProducts: Float64Array;
  /** E[x yᵀ], [depth, outputs]. */
  readonly crossProducts: Float64Array;
}

/** A sum of finite float32 numbers may overflow only where the moments themselves would. */
function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return Number.isFinite(sum);
}
