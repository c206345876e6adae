/** Wang, Bovik, Sheikh and Simoncelli (2004): Gaussian window of 11 x 11, sigma 1.5, K1 = 0.01, K2 = 0.03, peak 255. */
const radius = 5;
const window = (() => {
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * 1.5 ** 2)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return Float64Array.from(weights, (weight) => weight / sum);
})();
const c1 = (0.01 * 255) ** 2;
const c2 = (0.03 * 255) ** 2;

/** Mean structural similarity of two 8-bit planes over all windows that lie inside; 1 for planes smaller than a window that are equal, else 0. */
export function ssim(a: Uint8Array, b: Uint8Array, width: number, height: number): number {
  const [columns, rows] = [width - 2 * radius, height - 2 * radius];
  if (columns < 1 || rows < 1) return a.every((value, i) => value === b[i]) ? 1 : 0;
  const product = (x: Uint8Array, y: Uint8Array): Float64Array => Float64Array.from(x, (value, i) => value * y[i]!);
  const [meanA, meanB, squareA, squareB, both] = [a, b, product(a, a), product(b, b), product(a, b)].map((plane) =>
    blurred(plane, width, height),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  let sum = 0;
  for (let i = 0; i < meanA.length; i++) {
    const [ma, mb] = [meanA[i]!, meanB[i]!];
    const covariance = both[i]! - ma * mb;
    const variances = squareA[i]! - ma * ma + squareB[i]! - mb * mb;
    sum += ((2 * ma * mb + c1) * (2 * covariance + c2)) / ((ma * ma + mb * mb + c1) * (variances + c2));
  }
  return sum / meanA.length;
}

/** Weighted means over the windows that lie inside. */
function blurred(plane: ArrayLike<number>, width: number, height: number): Float64Array {
  const [columns, rows] = [width - 2 * radius, height - 2 * radius];
  const across = new Float64Array(columns * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < window.length; k++) sum += plane[y * width + x + k]! * window[k]!;
      across[y * columns + x] = sum;
    }
  }
  const out = new Float64Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let k = 0; k < window.length; k++) {
      for (let x = 0; x < columns; x++) out[y * columns + x]! += across[(y + k) * columns + x]! * window[k]!;
    }
  }
  return out;
}
