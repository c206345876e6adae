import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { InspectJob, LogLine } from '../../../src/protocol/job.ts';
import { startJob, type JobOptions } from '../../../src/worker/client.ts';

const workerPath = path.join(import.meta.dirname, 'fake-worker.mjs');
const job = (behaviour: string): InspectJob => ({ kind: 'inspect', model: behaviour });
const start = (behaviour: string, options: Partial<JobOptions> = {}) => startJob(job(behaviour), { workerPath, threads: 1, ...options });

describe('startJob', () => {
  it('hands over job, log, progress and result, numbers that are not finite included', async () => {
    const seen: string[] = [];
    const result = await start('answer', {
      onLog: (line) => seen.push(line.message),
      onProgress: (p) => seen.push(`${p.phase} ${p.fraction}`),
    });
    expect(result).toMatchObject({ model: 'answer', infinite: Infinity });
    expect(seen).toEqual(['hello', 'inspect 1']);
  });

  it.runIf(process.platform === 'linux')('keeps the job in the process group of its parent', async () => {
    const own = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[2];
    expect(await start('answer')).toMatchObject({ group: own });
  });

  it("throws the job's own error with its place", async () => {
    const place = { file: 'a.onnx', offset: 7 };
    await expect(start('refuse')).rejects.toMatchObject({ name: 'LatheError', code: 'model.truncated', exitCode: 2, place });
  });

  it('says what is kept and how to continue when the process crashes', async () => {
    const error = { code: 'job.crashed', exitCode: 1, message: expect.stringContaining('SIGABRT'), place: { file: '/runs/one' } };
    await expect(start('abort')).rejects.toMatchObject(error);
    await expect(start('abort')).rejects.toMatchObject({ place: { hint: expect.stringContaining('--resume') } });
  });

  it('tells a kill by the system and a full heap from a crash', async () => {
    await expect(start('killed')).rejects.toMatchObject({ code: 'job.killed', message: expect.stringContaining('memory') });
    await expect(start('heap')).rejects.toMatchObject({ code: 'job.out-of-memory' });
  });

  it('throws when the worker is missing', async () => {
    const missing = path.join(import.meta.dirname, 'no-such-worker.mjs');
    await expect(start('answer', { workerPath: missing })).rejects.toMatchObject({ code: 'job.crashed', exitCode: 1 });
  });

  it('asks a job to cancel and takes its answer', async () => {
    const { events, error } = await cancelled('polite');
    expect(events).toEqual(['waiting', 'abort', 'cancelling']);
    expect(error).toMatchObject({ code: 'cancelled', exitCode: 130 });
  });

  it('kills a job that is too busy to hear the request', async () => {
    const { events, error } = await cancelled('busy');
    expect(events).toEqual(['busy', 'abort']);
    expect(error).toMatchObject({ code: 'cancelled', exitCode: 130 });
  });

  it('starts nothing when it was cancelled before', async () => {
    await expect(start('answer', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

/** Cancels as soon as the job is at work; what happened, in order, and how it ended. */
async function cancelled(behaviour: string): Promise<{ events: string[]; error: unknown }> {
  const controller = new AbortController();
  const events: string[] = [];
  const onLog = (line: LogLine): void => {
    events.push(line.message);
    if (line.message !== 'waiting' && line.message !== 'busy') return;
    setTimeout(() => {
      events.push('abort');
      controller.abort();
    }, 100);
  };
  const error = await start(behaviour, { signal: controller.signal, onLog }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { events, error };
}
