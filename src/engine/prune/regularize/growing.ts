import type { Constraint, Place } from '../../train/task.ts';

/** What is left of a weight that nothing holds against the penalty, when the training ends. */
const leftover = 1e-3;

/**
 * A penalty on the weights of channels that will go, growing with every step until they are as good as zero: the others take over while it does (Wang et al. 2021, Neural pruning via
 * growing regularization, arXiv:2012.09243, section 3.1; the gradient step of the penalty, apart from the optimizer's, as decoupled weight decay). `places`: in the flat vector.
 */
export function growingPenalty(places: readonly Int32Array[]): Constraint {
  return {
    apply(flat, { step, stepsPerEpoch, epochs }: Place) {
      if (step === 0) return;
      const steps = stepsPerEpoch * epochs;
      // Shrinks by exp(-k s) at step s; over all steps by the leftover.
      const factor = leftover ** ((2 * step) / (steps * (steps + 1)));
      for (const own of places) for (const place of own) flat[place]! *= factor;
    },
    // All of it follows from the step.
    state: () => ({}),
    restore: () => undefined,
  };
}
