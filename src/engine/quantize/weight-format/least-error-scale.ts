/**
 * The scale s with the least sum of squares of w - s * code, codes being the nearest integers of magnitude up to `steps`: exact, over all
 * scales. While s falls, codes grow by one at s = |w| / (k - 1/2), one weight at a time; between two such places the codes stay and the
 * error is least at s = A / B with A = sum of |w| * code and B = sum of code^2, where it is sum of w^2 - A^2 / B. So all places are
 * visited, A and B carried along. Scales below `least` do not count; undefined where none is left.
 * Time: steps^2 * length, after sorting.
 */
export function leastErrorScale(row: Float64Array, steps: number, least: number): number | undefined {
  const sorted = row.map(Math.abs).sort().reverse();
  // By code k: how many weights have reached it, and at which scale the next one does.
  const reached = new Int32Array(steps + 1);
  const next = Float64Array.from({ length: steps + 1 }, (_, k) => (k === 0 ? 0 : (sorted[0] ?? 0) / (k - 0.5)));
  let [products, squares, most] = [0, 0, 0];
  let best: number | undefined;
  for (;;) {
    let code = 0;
    for (let k = 1; k <= steps; k++) if (next[k]! > next[code]!) code = k;
    if (code === 0) return best;
    const at = reached[code]!++;
    products += sorted[at]!;
    squares += 2 * code - 1;
    next[code] = (sorted[at + 1] ?? 0) / (code - 0.5);
    const gain = (products * products) / squares;
    if (gain <= most || products / squares < least) continue;
    most = gain;
    best = products / squares;
  }
}
