import path from 'node:path';
import process from 'node:process';
import { main } from './program.ts';

/** Entry of the bundle `dist/cli.mjs`; `bin/lathe.mjs` starts it. */

const cancellation = new AbortController();

function onSignal(): void {
  // A second Ctrl-C does not wait for anything.
  if (cancellation.signal.aborted) process.exit(130);
  cancellation.abort();
}

process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);
// `lathe inspect … | head` closes the pipe early: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  workerPath: path.join(import.meta.dirname, 'worker.mjs'),
  signal: cancellation.signal,
  exitCode: 0,
});
