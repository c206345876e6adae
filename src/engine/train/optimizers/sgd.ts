import { restoreInto } from '../checkpoint.ts';
import type { Optimizer } from './optimizer.ts';

export interface SgdSettings {
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** v = μ·v + g + λ·w; w −= η·v, or η·(g + λ·w + μ·v) with Nesterov (Sutskever et al. 2013, as PyTorch writes it). */
export function sgd(size: number, { momentum, nesterov }: SgdSettings): Optimizer {
  const velocity = new Float32Array(momentum === 0 ? 0 : size);
  return {
    step({ parameters, gradients, groups }) {
      for (const { offset, size: length, rate, decay } of groups) {
        if (rate === 0) continue;
        for (let i = offset; i < offset + length; i++) {
          const gradient = gradients[i]! + decay * parameters[i]!;
          if (momentum === 0) parameters[i]! -= rate * gradient;
          else {
            velocity[i] = momentum * velocity[i]! + gradient;
            parameters[i]! -= rate * (nesterov ? gradient + momentum * velocity[i]! : velocity[i]!);
          }
        }
      }
    },
    state: () => ({ velocity }),
    restore: (state) => restoreInto({ velocity }, state),
  };
}
