/** Adds x xᵀ of a row vector of length n to the n x n matrix (upper triangle only). */
export function addOuter(matrix: Float64Array, x: ArrayLike<number>, n: number): void {
  for (let i = 0; i < n; i++) {
    const a = x[i]!;
    if (a === 0) continue;
    for (let j = i, at = i * n + i; j < n; j++, at++) matrix[at]! += a * x[j]!;
  }
}

/**
 * The `count` leading eigenvectors of a symmetric n x n matrix (upper triangle given), by subspace iteration with Gram-Schmidt.
 * Each is signed so that its largest element is positive: the result does not depend on rounding of the start.
 */
export function leadingEigenvectors(upper: Float64Array, n: number, count: number): Float64Array[] {
  const full = Float64Array.from(upper, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return upper[i <= j ? at : j * n + i]!;
  });
  let basis: Float64Array[] = Array.from({ length: count }, (_, k) =>
    Float64Array.from({ length: n }, (_, i) => Math.sin(1 + i * (k + 1) * 1.7)),
  );
  for (let iteration = 0; iteration < 200; iteration++) {
    basis = orthonormal(basis.map((vector) => multiply(full, vector, n)));
  }
  return basis.map((vector) => {
    const peak = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    return vector.map((value) => value * Math.sign(peak));
  });
}

function multiply(matrix: Float64Array, vector: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += matrix[i * n + j]! * vector[j]!;
    return sum;
  });
}

function orthonormal(vectors: Float64Array[]): Float64Array[] {
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  vectors.forEach((vector, k) => {
    for (let j = 0; j < k; j++) {
      const share = dot(vector, vectors[j]!);
      for (let i = 0; i < vector.length; i++) vector[i]! -= share * vectors[j]![i]!;
    }
    const norm = Math.sqrt(dot(vector, vector));
    for (let i = 0; i < vector.length; i++) vector[i]! /= norm;
  });
  return vectors;
}

/** Solves (A + ridge I) X = B for symmetric positive A (upper triangle, n x n) and B (n x m, row by row), by Cholesky. */
export function solveRidge(upper: Float64Array, right: Float64Array, n: number, m: number, ridge: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = upper[j * n + i]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      lower[i * n + j] = i === j ? Math.sqrt(sum) : sum / lower[j * n + j]!;
    }
  }
  const x = right.slice();
  for (let column = 0; column < m; column++) {
    for (let i = 0; i < n; i++) {
      let sum = x[i * m + column]!;
      for (let k = 0; k < i; k++) sum -= lower[i * n + k]! * x[k * m + column]!;
      x[i * m + column] = sum / lower[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x[i * m + column]!;
      for (let k = i + 1; k < n; k++) sum -= lower[k * n + i]! * x[k * m + column]!;
      x[i * m + column] = sum / lower[i * n + i]!;
    }
  }
  return x;
}
