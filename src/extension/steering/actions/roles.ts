import { operators } from '../../../engine/ops/index.ts';
import type { QuantizeRole } from '../../../engine/ops/record.ts';
import type { LayerView } from '../../../protocol/view.ts';

const roles = new Map<string, QuantizeRole | undefined>(
  operators.map(({ domain, op, quantize }) => [domain ? `${domain}::${op}` : op, quantize]),
);

/** Multiplies what it reads by weights of its own: has widths, and channels that can be pruned. */
export const hasWeights = ({ op, parameters }: LayerView): boolean => parameters > 0 && roles.get(op)?.kind === 'compute';

/** The quantizer does something with it that it could leave. */
export function isQuantized({ op }: LayerView): boolean {
  const role = roles.get(op);
  return role !== undefined && role.kind !== 'float';
}

export const indices = (layers: readonly LayerView[], test: (layer: LayerView) => boolean): number[] =>
  layers.filter(test).map(({ index }) => index);
