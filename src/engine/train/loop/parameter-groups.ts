import type { ParameterGroup } from '../optimizers/optimizer.ts';
import type { Parameter } from '../parameters.ts';
import type { TrainingTask } from '../task.ts';

/** Stretches of the flat vector with a pace of their own; neighbours of one pace are one stretch. */
export class ParameterGroups {
  readonly #paces: { readonly offset: number; size: number; readonly pace: number; readonly decay: number }[] = [];

  constructor(parameters: readonly Parameter[], { settings, pace: paceOf }: Pick<TrainingTask, 'settings' | 'pace'>) {
    for (const parameter of parameters) {
      const { rate: pace = 1, decay = parameter.decays ? settings['weight-decay'] : 0 } = paceOf?.(parameter) ?? {};
      const { offset, size } = parameter;
      const last = this.#paces.at(-1);
      if (last?.pace === pace && last.decay === decay && last.offset + last.size === offset) last.size += size;
      else this.#paces.push({ offset, size, pace, decay });
    }
  }

  /** At a learning rate. */
  at(rate: number): ParameterGroup[] {
    return this.#paces.map(({ offset, size, pace, decay }) => ({ offset, size, rate: rate * pace, decay }));
  }
}
