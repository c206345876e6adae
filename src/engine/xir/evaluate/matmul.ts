import { withBias } from './convolution.ts';
import { elements, type Evaluate, type Values } from './operator.ts';

/** Sums of float32 products in the order of the inner dimension; leading dimensions of 1 are repeated. */
export const matmul: Evaluate = (operands) => {
  const { all, attributes, shape } = operands;
  const [a, b] = all('input') as [Values, Values];
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  const inner = a.shape.at(attributes.boolean('transpose_a') ? -2 : -1)!;
  const [stepA, stepB] = [
    attributes.boolean('transpose_a') ? { row: 1, inner: rows } : { row: inner, inner: 1 },
    attributes.boolean('transpose_b') ? { column: inner, inner: 1 } : { column: 1, inner: columns },
  ];
  const out = new Float32Array(elements(shape));
  const batches = out.length / (rows * columns);
  for (let batch = 0; batch < batches; batch++) {
    const fromA = a.data.length === rows * inner ? 0 : batch * rows * inner;
    const fromB = b.data.length === columns * inner ? 0 : batch * columns * inner;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          const product = a.data[fromA + row * stepA.row + k * stepA.inner]! * b.data[fromB + column * stepB.column + k * stepB.inner]!;
          sum = Math.fround(sum + Math.fround(product));
        }
        out[(batch * rows + row) * columns + column] = sum;
      }
  }
  return withBias(out, operands);
};
