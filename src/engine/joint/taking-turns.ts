import type { Composition } from '../onnx/chain-metadata.ts';
import { ownerOf } from '../chain/owner.ts';
import { restoreInto } from '../train/checkpoint.ts';
import { countOf, type Parameter } from '../train/parameters.ts';
import type { Constraint } from '../train/task.ts';

/**
 * One model an epoch is changed, in turn; the others are put back to where they stood. What belongs to no model of them moves with all. `parameters`: those that are trained, one behind the other.
 */
export function takingTurns(parameters: readonly Parameter[], tuned: readonly string[], composition: Composition): Constraint {
  const kept = new Float32Array(countOf(parameters));
  const owners = parameters.map(({ layer }) => tuned.indexOf(ownerOf(layer, composition) ?? ''));
  return {
    apply(flat, { step, stepsPerEpoch }) {
      // The step that was just made belongs to the epoch before its number.
      const turn = step === 0 ? undefined : Math.floor((step - 1) / stepsPerEpoch) % tuned.length;
      parameters.forEach(({ offset, size }, i) => {
        const own = flat.subarray(offset, offset + size);
        const before = kept.subarray(offset, offset + size);
        if (turn === undefined || owners[i] === -1 || owners[i] === turn) before.set(own);
        else own.set(before);
      });
    },
    state: () => ({ kept }),
    restore: (state) => restoreInto({ kept }, state),
  };
}
