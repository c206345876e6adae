import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ReaderThread } from '../../../../language-server/facts/reader-thread.ts';

/** A thread that does what the names of files say. */
const code = `
import { parentPort, resourceLimits } from 'node:worker_threads';
import { setTimeout } from 'node:timers/promises';
const done = [];
parentPort.on('message', async ({ id, job }) => {
  if (job.file === 'never') return;
  if (job.file === 'throws') throw new Error('no such thing');
  if (job.file === 'ends') process.exit(3);
  if (job.file === 'prints') console.log('Content-Length: 2');
  if (job.file === 'large' && resourceLimits.maxOldGenerationSizeMb < 100) { const all = []; for (;;) all.push(Array.from({ length: 1e5 }, (_, i) => ({ i }))); }
  done.push(job.kind + ' ' + job.file);
  parentPort.postMessage({ id, answer: { stamps: {}, value: [...done] } });
});`;

let folder: string;
let script: URL;
let reader: ReaderThread;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-thread-'));
  writeFileSync(path.join(folder, 'thread.mjs'), code);
  script = pathToFileURL(path.join(folder, 'thread.mjs'));
});
afterEach(() => reader.dispose());
afterAll(() => rmSync(folder, { recursive: true }));

const read = (file: string, kind: 'model' | 'figures' | 'details' = 'model'): Promise<unknown> =>
  kind === 'figures' ? reader.read({ kind, file, runs: [] }) : reader.read({ kind, file });

const failed = (message: RegExp): object => ({ problem: { code: 'facts.failed', message: expect.stringMatching(message) as unknown } });

test('what shows mistakes comes first, in the order in which it was asked for', async () => {
  reader = new ReaderThread(script);
  const answers = await Promise.all([read('a', 'details'), read('b', 'details'), read('c', 'figures'), read('d'), read('e')]);
  expect(answers[1]).toEqual({ stamps: {}, value: ['details a', 'model d', 'model e', 'figures c', 'details b'] });
});

test.each([
  ['throws', /no such thing/],
  ['ends', /code 3/],
])('a job that breaks the thread is answered, and the next one gets another: %s', async (file, message) => {
  reader = new ReaderThread(script);
  const [broken, next] = await Promise.all([read(file), read('next')]);
  expect(broken).toMatchObject(failed(message));
  expect(next).toEqual({ stamps: {}, value: ['model next'] });
});

test('a job that takes too long is given up', async () => {
  reader = new ReaderThread(script, { longest: 150 });
  const never = read('never');
  expect(await never).toMatchObject(failed(/too long/));
});

test('a graph that is too much for a small thread gets a larger one', async () => {
  reader = new ReaderThread(script);
  expect(await read('large')).toEqual({ stamps: {}, value: ['model large'] });
});

test('without work the thread goes, and comes again', async () => {
  reader = new ReaderThread(script, { idle: 1 });
  await read('a');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await read('b')).toEqual({ stamps: {}, value: ['model b'] });
});

test('what a thread prints does not get into the output of the server', async () => {
  reader = new ReaderThread(script);
  const { write } = process.stdout;
  const printed: unknown[] = [];
  process.stdout.write = (text: unknown) => Boolean(printed.push(text));
  try {
    await read('prints');
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.stdout.write = write;
  }
  expect(printed.join('')).not.toContain('Content-Length');
});
