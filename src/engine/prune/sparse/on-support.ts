/** Sweeps over the weights of a row. */
const mostSweeps = 12;
/** Sweeps end when no step was longer than this part of the row's largest weight. */
const leastStep = 1e-4;

/** A quadratic form of rows of weights: w H wᵀ - 2 w bᵀ, one `right` side a row. */
export interface RowsForm {
  readonly depth: number;
  /** [depth, depth], symmetric, with a positive diagonal. */
  readonly matrix: Float64Array;
  /** [rows, depth]. */
  readonly right: Float64Array;
}

/** Coordinate descent of one row, in place, over the weights whose place `keeps` has; the others must be zero and stay so. The form never rises. */
export function descendOnSupport(
  { depth, matrix, right }: RowsForm,
  row: number,
  weights: Float64Array,
  keeps: (i: number) => boolean,
): void {
  const places: number[] = [];
  for (let i = 0; i < depth; i++) if (keeps(i)) places.push(i);
  const gap = right.slice(row * depth, (row + 1) * depth);
  for (const i of places) addTo(gap, -weights[i]!, matrix, i * depth);
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let [longest, largest] = [0, 0];
    for (const i of places) {
      const step = gap[i]! / matrix[i * depth + i]!;
      weights[i]! += step;
      addTo(gap, -step, matrix, i * depth);
      longest = Math.max(longest, Math.abs(step));
      largest = Math.max(largest, Math.abs(weights[i]!));
    }
    if (longest <= leastStep * largest) return;
  }
}

function addTo(sum: Float64Array, factor: number, matrix: Float64Array, from: number): void {
  if (factor === 0) return;
  for (let j = 0; j < sum.length; j++) sum[j]! += factor * matrix[from + j]!;
}
