import { shortNumber } from '../../src/protocol/format.ts';

/** A number of any size in few signs, with a true minus: "0.273", "1.2e-5", "−3". */
export const number = (value: number | null): string =>
  value === null
    ? '–'
    : Number.isFinite(value)
      ? (Math.abs(value) < 1e-3 && value !== 0
          ? value.toExponential(1)
          : Math.abs(value) >= 1e6
            ? value.toExponential(2)
            : shortNumber(value)
        ).replace(/-(?=\d)/g, '−')
      : String(value);

/** "1,728": every digit. */
export const exact = (value: number): string => value.toLocaleString('en');

/** "38 dB"; "no error". */
export const decibel = (value: number | null): string => (value === null ? 'no error' : `${shortNumber(value)} dB`.replace('-', '−'));
