import type { Browser, Page } from 'playwright-core';

interface TraceEvent {
  name: string;
  ph: string;
  ts: number;
  dur?: number;
  tdur?: number;
  pid: number;
  tid: number;
  args: { name?: string };
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
  const { pid, tid } = mainThread(traceEvents);
  const tasks = traceEvents
    .filter((event) => event.pid === pid && event.tid === tid && event.ph === 'X' && event.name.endsWith('RunTask'))
    .sort((a, b) => a.ts - b.ts);
  const begins = traceEvents
    .filter((event) => event.name === 'FireAnimationFrame' && event.pid === pid && event.tid === tid)
    .map(({ ts }) => tasks.findLast((task) => task.ts <= ts)?.ts ?? ts)
    .sort((a, b) => a - b);
  const cost = ({ tdur, dur }: TraceEvent): number => (tdur ?? dur ?? 0) / 1000;
  const starts = [...new Set(begins)];
  const frames = starts.slice(0, -1).map((begin, i) => sum(tasks.filter(({ ts }) => ts >= begin && ts < starts[i + 1]!).map(cost)));
  return { frames, work: sum(tasks.map(cost)) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The main thread of the page that does most: a browser has other pages, which rest. */
function mainThread(events: readonly TraceEvent[]): { pid: number; tid: number } {
  const threads = events
    .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
    .map(({ pid, tid }) => ({ pid, tid, count: events.filter((event) => event.pid === pid && event.tid === tid).length }));
  const [most] = threads.sort((a, b) => b.count - a.count);
  if (!most) throw new Error('the trace has no main thread of a page');
  return most;
}
