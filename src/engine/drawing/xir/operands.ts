import type { XirOp } from '../../xir/graph.ts';

/** An input of an op: which argument it is given as, and who makes it. */
export interface XirOperand {
  readonly argument: string;
  readonly name: string;
}

export const operandList = (op: XirOp): XirOperand[] =>
  [...op.inputs].flatMap(([argument, names]) => names.map((name) => ({ argument, name })));
