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
        for (let i = offset; i < offset + length; i++) {
          const shrink = decay * parameters[i]!;
          const gradient = gradients[i]! + (decoupled ? 0 : shrink);
          first[i] = beta1 * first[i]! + (1 - beta1) * gradient;
          second[i] = beta2 * second[i]! + (1 - beta2) * gradient * gradient;
          const direction = first[i]! / correction1 / (Math.sqrt(second[i]!) / correction2 + epsilon);
          parameters[i]! -= rate * (direction + (decoupled ? shrink : 0));
        }
      }
    },
    state: () => ({ first, second, steps }),
    restore: (state) => restoreInto({ first, second, steps }, state),
  };
}
