import { adam } from './adam.ts';
import type { Optimizer } from './optimizer.ts';
import { sgd } from './sgd.ts';

export interface OptimizerSettings {
  readonly optimizer: keyof typeof optimizers;
  readonly momentum: number;
  readonly nesterov: boolean;
}

type MakeOptimizer = (size: number, settings: OptimizerSettings) => Optimizer;

/** Adam's constants are those of its paper. */
const betas = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Every optimizer by its name. A new one is one file and a line here. */
export const optimizers = {
  adam: (size) => adam(size, { ...betas, decoupled: false }),
  adamw: (size) => adam(size, { ...betas, decoupled: true }),
  sgd: (size, { momentum, nesterov }) => sgd(size, { momentum, nesterov }),
} as const satisfies Record<string, MakeOptimizer>;

/** For a flat vector of `size` parameters. */
export const optimizerOf = (settings: OptimizerSettings, size: number): Optimizer =>
  (optimizers[settings.optimizer] as MakeOptimizer)(size, settings);
