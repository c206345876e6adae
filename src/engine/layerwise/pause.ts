import { throwIfCancelled } from '../base/errors.ts';
import type { Context } from '../base/context.ts';
import type { Pause } from './cholesky.ts';

/** Time between two pauses in which others may run, in milliseconds. */
const pauseEvery = 200;

/** For long sums in TypeScript: lets others run five times a second, and throws Cancelled. */
export function pauses({ signal, clock }: Pick<Context, 'signal' | 'clock'>): Pause {
  let paused = clock.monotonic();
  return async () => {
    throwIfCancelled(signal);
    if (clock.monotonic() - paused < pauseEvery) return;
    await new Promise((resolve) => setImmediate(resolve));
    paused = clock.monotonic();
    throwIfCancelled(signal);
  };
}
