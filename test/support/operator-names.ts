import { operators } from '../../src/engine/ops/index.ts';

/** Names of all operators that have a record, as targets and reports write them. */
export const findOperatorNames = (): string[] => operators.map((record) => (record.domain ? `${record.domain}::${record.op}` : record.op));
