import type { QuantizeRole } from '../record.ts';

/** Of an operator that ONNX Runtime's CPU provider only runs in float: its QDQ selectors know no integer form of it. */
export const noIntegerKernel = (op: string): QuantizeRole => ({
  kind: 'float',
  reason: `ONNX Runtime's CPU provider has no integer ${op}`,
});

/** Elements are moved, repeated or picked, never changed: the output has the first input's scale and zero point. */
export const movesElements: QuantizeRole = { kind: 'same-scale', input: 0 };
