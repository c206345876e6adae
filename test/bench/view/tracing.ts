import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  name: string;
  ph: string;
  ts: number;
  dur?: number;
  tdur?: number;
  pid: number;
  tid: number;
  args: { name?: string; data?: { frames?: { processId?: number }[] } };
}

const categories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];

/**
 * What the page's main thread does while `act` runs: milliseconds of processor time of its tasks (script, style, layout, painting; a canvas without a
 * graphics card is painted there as well), summed from the beginning of one animation frame to the next. With `work`: all together.
 */
export async function traceFrames(browser: Browser, page: Page, act: () => Promise<void>): Promise<{ frames: number[]; work: number }> {
  await browser.startTracing(page, { categories });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const frameEvents = traceEvents.filter(({ name }) => name === 'FireAnimationFrame');
  const { pid, tid } = busiest(frameEvents);
  const tasks = traceEvents
    .filter((event) => event.pid === pid && event.tid === tid && event.ph === 'X' && event.name.endsWith('RunTask'))
    .sort((a, b) => a.ts - b.ts);
  const begins = frameEvents
    .filter((event) => event.pid === pid && event.tid === tid)
    .map(({ ts }) => tasks.findLast((task) => task.ts <= ts)?.ts ?? ts)
    .sort((a, b) => a - b);
  const cost = ({ tdur, dur }: TraceEvent): number => (tdur ?? dur ?? 0) / 1000;
  const starts = [...new Set(begins)];
  const frames = starts.slice(0, -1).map((begin, i) => sum(tasks.filter(({ ts }) => ts >= begin && ts < starts[i + 1]!).map(cost)));
  return { frames, work: sum(tasks.map(cost)) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The thread that most of the events come from. */
function busiest(events: readonly TraceEvent[]): { pid: number; tid: number } {
  const counts = new Map<string, { pid: number; tid: number; count: number }>();
  for (const { pid, tid } of events) {
    const known = counts.get(`${pid} ${tid}`) ?? { pid, tid, count: 0 };
    known.count++;
    counts.set(`${pid} ${tid}`, known);
  }
  const [most] = [...counts.values()].sort((a, b) => b.count - a.count);
  if (!most) throw new Error('the trace has no animation frame');
  return most;
}
