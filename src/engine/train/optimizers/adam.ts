import { restoreInto } from '../checkpoint.ts';
import type { Optimizer } from './optimizer.ts';

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Weight decay apart from the gradient (AdamW, Loshchilov and Hutter 2019, algorithm 2); false: as a part of it (L2). */
  readonly decoupled: boolean;
}

/** m, v: running means of gradient and squared gradient, corrected for their start (Kingma and Ba 2015, algorithm 1). */
export function adam(size: number, { beta1, beta2, epsilon, decoupled }: AdamSettings): Optimizer {
  const [first, second, steps] = [new Float32Array(size), new Float32Array(size), new Float32Array(1)];
  return {
    step({ parameters, gradients, groups }) {
      const step = ++steps[0]!;
      const correction1 = 1 - beta1 ** step;
      const correction2 = Math.sqrt(1 - beta2 ** step);
      for (const { offset, size: length, rate, decay } of groups) {
        if (rate === 0) continue;
        // One root and one division a parameter: the corrections are taken into the rate and into epsilon.
        const pace = (rate * correction2) / correction1;
        const least = epsilon * correction2;
        const inGradient = decoupled ? 0 : decay;
        const kept = decoupled ? 1 - rate * decay : 1;
        for (let i = offset; i < offset + length; i++) {
          const parameter = parameters[i]!;
          const gradient = gradients[i]! + inGradient * parameter;
          const mean = beta1 * first[i]! + (1 - beta1) * gradient;
          const square = beta2 * second[i]! + (1 - beta2) * gradient * gradient;
          first[i] = mean;
          second[i] = square;
          parameters[i] = kept * parameter - (pace * mean) / (Math.sqrt(square) + least);
        }
      }
    },
    state: () => ({ first, second, steps }),
    restore: (state) => restoreInto({ first, second, steps }, state),
  };
}
