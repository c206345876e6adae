import type { SearchBudget } from '../../protocol/job.ts';
import { LatheError } from '../base/errors.ts';
import { floatBits } from './weight-sizes.ts';

/** Width of a layer's weights; `float`: the layer is not quantized at all. */
export type Width = number | 'float';

/** What costs of a layer follow from. */
export interface LayerFacts {
  readonly name: string;
  /** Elements of the weights. */
  readonly elements: number;
  /** Multiply-adds for one picture; null: not known. */
  readonly macs: number | null;
  /** Width of what it reads while it is quantized. */
  readonly activations: number;
}

export const bitsOf = (width: Width): number => (width === 'float' ? floatBits : width);

export const bytesOf = ({ elements }: LayerFacts, width: Width): number => Math.ceil((elements * bitsOf(width)) / 8);

/**
 * Multiply-adds × bits of weights × bits of activations: what a bit-serial multiplier takes (Wang et al., HAQ, arXiv:1811.08886,
 * section 4). Throws `search.macs` where the multiply-adds are not known.
 */
export const bitOperationsOf = (layer: LayerFacts, width: Width): number =>
  macsOf(layer) * bitsOf(width) * (width === 'float' ? floatBits : layer.activations);

/** Throws `search.macs` where they are not known. */
export function macsOf({ name, macs }: LayerFacts): number {
  if (macs !== null) return macs;
  throw new LatheError('search.macs', 'its multiply-adds are not known, because dimensions of the model are free', {
    node: name,
    hint: 'Give --bytes instead, or a model of fixed size.',
  });
}

/** Units of costs, for people and for the document. */
export const budgetUnits: Readonly<Record<SearchBudget['kind'], string>> = {
  bytes: 'bytes',
  macs: 'multiply-adds',
  'bit-operations': 'bit operations',
  latency: 'ms',
  drop: 'bytes',
};

/** A budget in its unit, when every layer at 8 bits costs `uniform8`. */
export const limitOf = ({ value, percent }: SearchBudget, uniform8: number): number => (percent ? (value / 100) * uniform8 : value);
