import { describe, expect, it } from 'vitest';
import { JobQueue } from '../../../src/worker/queue.ts';

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('JobQueue', () => {
  it('runs one job after another, in order, also when one fails', async () => {
    const queue = new JobQueue();
    const events: string[] = [];
    const job = (name: string, fails = false) =>
      queue.run(async () => {
        events.push(`${name} begins`);
        await Promise.resolve();
        events.push(`${name} ends`);
        if (fails) throw new Error(name);
      });
    const results = await Promise.allSettled([job('a', true), job('b'), job('c')]);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('lets nobody slip in between two waiting jobs', async () => {
    const queue = new JobQueue();
    const first = gate();
    let running = 0;
    let most = 0;
    const job = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await first.opened;
      running--;
    };
    const all = [queue.run(job), queue.run(job)];
    first.open();
    all.push(
      queue.run(job),
      Promise.resolve().then(() => queue.run(job)),
    );
    await Promise.all(all);
    expect(most).toBe(1);
  });

  it('takes a cancelled job out of the line', async () => {
    const queue = new JobQueue();
    const first = gate();
    const events: string[] = [];
    const controller = new AbortController();
    const running = queue.run(() => first.opened);
    const waiting = queue.run(async () => void events.push('cancelled job ran'), controller.signal);
    const last = queue.run(async () => void events.push('last'));
    expect(queue.length).toBe(2);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    expect(queue.length).toBe(1);
    first.open();
    await Promise.all([running, last]);
    expect(events).toEqual(['last']);
  });

  it('runs as many at once as it is told', async () => {
    const queue = new JobQueue(2);
    const open = gate();
    let running = 0;
    const job = async (): Promise<void> => {
      running++;
      await open.opened;
    };
    const all = [queue.run(job), queue.run(job), queue.run(job)];
    await Promise.resolve();
    expect([running, queue.length]).toEqual([2, 1]);
    open.open();
    await Promise.all(all);
  });
});
