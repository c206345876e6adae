import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../../base/errors.ts';

/** Lets others work: stands between pieces of work that take long in large models. Throws `cancelled`. */
export async function pause(signal: AbortSignal): Promise<void> {
  await setImmediate();
  throwIfCancelled(signal);
}
