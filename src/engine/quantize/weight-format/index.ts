import { binaryRow } from './binary.ts';
import { integerRow } from './integer.ts';
import type { RoundedRow } from '../weight-row.ts';
import type { RowRequest } from './row.ts';
import { ternaryRow } from './ternary.ts';

/** Values of the setting `weights` that store codes: bits, or the name of a format. */
export type WeightWidth = number | 'ternary' | 'binary';

export interface WeightFormat {
  /** What one weight takes when packed as tightly as whole bits allow. */
  readonly bits: number;
  /** Of the smallest integers that hold every code. */
  readonly gridBits: number;
  /** From one code to the next: 2 where there is no zero between -1 and 1. */
  readonly step: number;
  round(request: RowRequest): RoundedRow;
}

/** How weights of a width become codes and a scale. A new format is one file and a line here. */
export function weightFormat(width: WeightWidth): WeightFormat {
  switch (width) {
    case 'ternary':
      return { bits: 2, gridBits: 2, step: 1, round: ternaryRow };
    case 'binary':
      return { bits: 1, gridBits: 2, step: 2, round: binaryRow };
    default:
      return { bits: width, gridBits: width, step: 1, round: integerRow };
  }
}
