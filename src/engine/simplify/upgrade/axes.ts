import type { Conversion } from './conversion.ts';

const axesToInput = (op: string, at: number): Conversion => ({
  op,
  at,
  convert: (node, editor) => editor.integersToInput(node, 'axes', 1),
  note: 'axes became an input',
});

/** Operators whose `axes` attribute became their second input: ReduceSum, Squeeze and Unsqueeze at 13, the other reductions at 18. */
export const conversions: readonly Conversion[] = [
  ...['Squeeze', 'Unsqueeze', 'ReduceSum'].map((op) => axesToInput(op, 13)),
  ...['Max', 'Min', 'Mean', 'Prod', 'L1', 'L2', 'LogSum', 'LogSumExp', 'SumSquare'].map((name) => axesToInput(`Reduce${name}`, 18)),
];
