import type { Static, TObject } from '@sinclair/typebox';
import type { Declaration } from '../base/declaration.ts';
import type { Statistic, StatisticKind } from '../statistics/statistic.ts';

/** The integers an activation may become. */
export interface Levels {
  /** How many: 256 for all of 8 bits, 255 for -127..127. */
  readonly levels: number;
  /** As many steps below zero as above. */
  readonly symmetric: boolean;
}

/** Real numbers that the quantized value must reach; what lies outside is clipped. Finite, low <= high. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Chooses a value's range from what was seen of it. One file in this folder, one line in index.ts. */
export interface RangeEstimator<Parameters extends TObject = TObject> {
  readonly declaration: Declaration<Parameters>;
  readonly needs: StatisticKind;
  /**
   * A pure function. A statistic without any finite element gives 0..0. Throws LatheError `calibrate.statistic` when the
   * statistic is not of the kind that `needs` names.
   */
  estimate(statistic: Statistic, levels: Levels, parameters: Static<Parameters>): Range;
}
