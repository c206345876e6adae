import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Schedule } from '../../../language-server/schedule.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A schedule whose work takes `cost` milliseconds, and what it did. */
function scheduled(cost: number): { schedule: Schedule; done: string[] } {
  const done: string[] = [];
  const work = (uri: string): void => {
    done.push(uri);
    vi.setSystemTime(Date.now() + cost);
  };
  return { schedule: new Schedule(work, () => Date.now()), done };
}

it('does once what many asked for, and each document by itself', () => {
  const { schedule, done } = scheduled(1);
  for (let i = 0; i < 5; i++) schedule.soon('a');
  schedule.soon('b');
  expect(done).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(done).toEqual(['a', 'b']);
});

it('waits for a pause where the work is dear, but not for ever', () => {
  const { schedule, done } = scheduled(120);
  schedule.soon('a');
  vi.advanceTimersByTime(1);
  schedule.soon('a');
  vi.advanceTimersByTime(100);
  schedule.soon('a');
  vi.advanceTimersByTime(100);
  expect(done).toHaveLength(1);
  vi.advanceTimersByTime(30);
  expect(done).toHaveLength(2);
  for (let i = 0; i < 12; i++) {
    schedule.soon('a');
    vi.advanceTimersByTime(50);
  }
  expect(done).toHaveLength(2);
  vi.advanceTimersByTime(120);
  expect(done).toHaveLength(3);
});

it('does nothing for what was dropped', () => {
  const { schedule, done } = scheduled(1);
  schedule.soon('a');
  schedule.soon('b');
  schedule.drop('a');
  schedule.dispose();
  vi.runAllTimers();
  expect(done).toEqual([]);
});
