import type { Parameter } from '../../train/parameters.ts';
import type { Constraint } from '../../train/task.ts';
import { chooseZeros, type ZeroChoice, type Zeros } from './choose-zeros.ts';
import { cubicProgress } from './cubic.ts';

/** How often the weights that are zero are chosen anew while their number grows. */
const choices = 100;

/**
 * Sets more and more weights to zero while the rest is trained, by the cubic schedule over `ramp` of the training, and keeps them there. `ramp: 0`: all before the first
 * step.
 */
export function growingZeros(choice: ZeroChoice, parameters: readonly Parameter[], ramp: number): Constraint {
  const offsets = new Map(parameters.map(({ name, offset }) => [name, offset]));
  const trained = { ...choice, layers: choice.layers.filter(({ site }) => offsets.has(site.tensor)) };
  let zeros: Zeros = new Map(trained.layers.map(({ site }) => [site.tensor, new Uint8Array(site.values.length)]));
  let reached = -1;
  const state = (): Record<string, Float32Array> => ({
    reached: Float32Array.of(reached),
    ...Object.fromEntries([...zeros].map(([name, marked]) => [`zeros ${name}`, Float32Array.from(marked)])),
  });
  return {
    apply(flat, place) {
      const progress = cubicProgress(place, ramp);
      const every = Math.max(1, Math.round((ramp * place.stepsPerEpoch * place.epochs) / choices));
      if (progress !== reached && (progress === 1 || place.step % every === 0)) {
        zeros = chooseZeros(trained, progress, ({ tensor, values }) =>
          flat.slice(offsets.get(tensor)!, offsets.get(tensor)! + values.length),
        );
        reached = Math.fround(progress);
      }
      for (const [name, marked] of zeros) {
        const offset = offsets.get(name)!;
        for (let i = 0; i < marked.length; i++) if (marked[i]) flat[offset + i] = 0;
      }
    },
    state,
    restore(saved) {
      reached = saved['reached']?.[0] ?? -1;
      for (const [name, marked] of zeros) {
        const from = saved[`zeros ${name}`];
        if (from?.length !== marked.length) throw new RangeError(`a checkpoint has no zeros of ${name}`);
        marked.set(from);
      }
    },
  };
}
