import { seededRandom } from '../../base/random.ts';
import { ascending } from './ascending.ts';

/** What single weights are worth: value of the setting `criterion` for sparse methods. */
export interface WeightScore {
  /** Of each weight of a tensor; not negative, comparable between tensors where `scope: global` makes sense. */
  of(values: Float32Array, tensor: string): Float32Array;
}

/** The square of the weight: the order that magnitudes have, and squares of a block add up (Han et al., arXiv:1506.02626). */
const magnitude: WeightScore = { of: (values) => values.map((value) => value * value) };

/**
 * The square over the sum of all squares that are not smaller: the largest weight of every layer is worth 1, so no layer is emptied (Lee et al., Layer-adaptive sparsity for the
 * magnitude-based pruning, arXiv:2010.07611, eq. 4).
 */
const lamp: WeightScore = {
  of(values) {
    const squares = values.map((value) => value * value);
    const order = ascending(squares);
    const scores = new Float32Array(values.length);
    let rest = 0;
    for (let i = order.length - 1; i >= 0; i--) {
      const square = squares[order[i]!]!;
      rest += square;
      scores[order[i]!] = rest > 0 ? square / rest : 0;
    }
    return scores;
  },
};

const random = (seed: number): WeightScore => ({
  of(values, tensor) {
    const source = seededRandom(seed, `sparse:${tensor}`);
    return values.map((value) => (value === 0 ? 0 : Math.fround(source.next() + 1e-6)));
  },
});

/** undefined for a criterion that says nothing of single weights. `l1` and `l2` are one order here. */
export function weightScore(criterion: string, seed: number): WeightScore | undefined {
  if (criterion === 'l1' || criterion === 'l2') return magnitude;
  if (criterion === 'lamp') return lamp;
  return criterion === 'random' ? random(seed) : undefined;
}
