// A worker process that behaves as the job's `model` says: what the client has to deal with, without an engine.
const reply = (message, then) => process.send(message, undefined, undefined, then ?? (() => {}));

const behaviours = {
  answer: (job) => {
    reply({ type: 'log', level: 'info', message: 'hello' });
    reply({ type: 'progress', phase: 'inspect', done: 1, total: 1, unit: 'models', fraction: 1 });
    reply({ type: 'result', result: { model: job.model, infinite: Infinity, priority: priorityOf(), group: groupOf() } }, () =>
      process.exit(0),
    );
  },
  refuse: () =>
    reply({ type: 'error', error: { code: 'model.truncated', message: 'cut', exitCode: 2, file: 'a.onnx', offset: 7 } }, () =>
      process.exit(0),
    ),
  abort: () => {
    reply({ type: 'run-folder', folder: '/runs/one' });
    setTimeout(() => process.abort(), 50);
  },
  killed: () => process.kill(process.pid, 'SIGKILL'),
  heap: () => {
    process.stderr.write('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n');
    setTimeout(() => process.abort(), 50);
  },
  polite: () => reply({ type: 'log', level: 'info', message: 'waiting' }),
  busy: () => {
    reply({ type: 'log', level: 'info', message: 'busy' });
    setTimeout(() => {
      for (;;);
    }, 20);
  },
};

let started = 'answer';
process.on('message', (message) => {
  if (message.type === 'start') {
    started = message.job.model;
    behaviours[started](message.job);
  } else if (started === 'polite') {
    reply({ type: 'log', level: 'info', message: 'cancelling' });
    reply({ type: 'error', error: { code: 'cancelled', message: 'cancelled', exitCode: 130 } }, () => process.exit(0));
  }
});
process.once('disconnect', () => process.exit(0));
reply({ type: 'ready' });

import { readFileSync } from 'node:fs';
import os from 'node:os';
function priorityOf() {
  return os.getPriority();
}
function groupOf() {
  if (process.platform !== 'linux') return null;
  return readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[2];
}
