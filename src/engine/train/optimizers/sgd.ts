import { restoreInto } from '../checkpoint.ts';
import type { Optimizer, ParameterGroup } from './optimizer.ts';

export interface SgdSettings {
  readonly momentum: number;
  readonly nesterov: boolean;
}

/**
 * v = μ·v + g + λ·w; w −= η·v, or η·(g + λ·w + μ·v) with Nesterov (Sutskever et al. 2013, as PyTorch writes it). A loop for each: the choice inside one
 * loop, and reading back what was just written, take two thirds of its time again.
 */
export function sgd(size: number, { momentum, nesterov }: SgdSettings): Optimizer {
  const velocity = new Float32Array(momentum === 0 ? 0 : size);
  const change = momentum === 0 ? plainly : nesterov ? lookingAhead : withMomentum;
  return {
    step({ parameters, gradients, groups }) {
      for (const group of groups) if (group.rate !== 0) change({ parameters, gradients, velocity, momentum }, group);
    },
    state: () => ({ velocity }),
    restore: (state) => restoreInto({ velocity }, state),
  };
}

interface Vectors {
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly velocity: Float32Array;
  readonly momentum: number;
}

function plainly({ parameters, gradients }: Vectors, { offset, size, rate, decay }: ParameterGroup): void {
  for (let i = offset; i < offset + size; i++) {
    const parameter = parameters[i]!;
    parameters[i] = parameter - rate * (gradients[i]! + decay * parameter);
  }
}

function withMomentum({ parameters, gradients, velocity, momentum }: Vectors, { offset, size, rate, decay }: ParameterGroup): void {
  for (let i = offset; i < offset + size; i++) {
    const parameter = parameters[i]!;
    const speed = momentum * velocity[i]! + gradients[i]! + decay * parameter;
    velocity[i] = speed;
    parameters[i] = parameter - rate * speed;
  }
}

function lookingAhead({ parameters, gradients, velocity, momentum }: Vectors, { offset, size, rate, decay }: ParameterGroup): void {
  for (let i = offset; i < offset + size; i++) {
    const parameter = parameters[i]!;
    const gradient = gradients[i]! + decay * parameter;
    const speed = momentum * velocity[i]! + gradient;
    velocity[i] = speed;
    parameters[i] = parameter - rate * (gradient + momentum * speed);
  }
}
