import type { KernelsView } from '../../../protocol/weights.ts';
import { realValues } from './channels.ts';
import { chunks, type Reading } from './chunks.ts';
import type { StoredWeights } from './stored.ts';

/** Elements of one picture. */
const most = 16_384;
const mostRows = 128;
const mostCells = 128;
/** Larger kernels are no pictures: their elements are cells. */
const largestKernel = 1024;

/** How a tensor is seen as rows of cells: filters by their input channels, a matrix by rows and columns, a list as one row. */
export function kernelGrid(dims: readonly number[]): Pick<KernelsView, 'rows' | 'cells' | 'height' | 'width'> {
  if (dims.length <= 1) return { rows: 1, cells: dims[0] ?? 1, height: 1, width: 1 };
  const [rows, cells, ...inner] = dims as [number, number, ...number[]];
  const kernel = inner.reduce((product, dim) => product * dim, 1);
  if (kernel > largestKernel || kernel === 0) return { rows, cells: cells * kernel, height: 1, width: 1 };
  const width = inner.at(-1) ?? 1;
  return { rows, cells, width, height: kernel / width };
}

/**
 * The elements of some rows and cells, in numbers they stand for; as many as one picture shows, from `firstRow` and `firstCell` on (moved back where
 * that is beyond the end). Reads only these. Throws and ends as `chunks`.
 */
export async function kernelValues(
  weights: StoredWeights,
  wanted: { readonly firstRow: number; readonly firstCell: number },
  reading: Reading,
): Promise<Omit<KernelsView, 'node' | 'input'>> {
  const grid = kernelGrid(weights.tensor.dims);
  const { rows, cells } = grid;
  const cell = grid.height * grid.width;
  const shownCells = Math.min(cells, mostCells, Math.max(1, Math.floor(most / cell)));
  const shownRows = Math.min(rows, mostRows, Math.max(1, Math.floor(most / (cell * Math.max(1, shownCells)))));
  const start = (first: number, all: number, shown: number): number => Math.max(0, Math.min(Math.floor(first), all - shown));
  const [firstRow, firstCell] = [start(wanted.firstRow, rows, shownRows), start(wanted.firstCell, cells, shownCells)];
  const real = realValues(weights);
  const values: (number | null)[] = [];
  for (let row = firstRow; row < firstRow + shownRows; row++) {
    let element = (row * cells + firstCell) * cell;
    for await (const piece of chunks(weights.tensor, reading, element, shownCells * cell)) {
      for (let i = 0; i < piece.length; i++, element++) {
        const value = real(piece[i]!, element);
        values.push(Number.isFinite(value) ? value : null);
      }
    }
    reading.progress((row + 1 - firstRow) / shownRows);
  }
  return { ...grid, firstRow, firstCell, shownRows, shownCells, values };
}
