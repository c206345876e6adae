import type { RoundedRow } from '../weight-row.ts';
import type { RowRequest } from './row.ts';
import { signCodes } from './sign-codes.ts';

/**
 * The sign of each weight times their mean magnitude (Rastegari et al., XNOR-Net, arXiv:1603.05279, eq. 6); zero counts as positive.
 * Weights that are all zero stay zero: signs would make something of nothing.
 */
export const binaryRow = (request: RowRequest): RoundedRow =>
  signCodes(
    request,
    Int32Array.from(request.row, (weight) => (weight < 0 ? -1 : 1)),
  );
