/** The same as chain.py for a board that has Node: each model in a thread of its own, which hands pictures on to the next. CommonJS. */
export const chainScript = String.raw`'use strict';
// Runs the models of a chain in series and as a pipeline. Brought by Lathe; run.cjs calls it.
const { MessageChannel, Worker } = require('node:worker_threads');

// One model in its thread: takes pictures from the one before, waits until the one behind has room. The thread's own text.
const stageText = ${JSON.stringify(stageText())};

async function openPipeline({ stages, queue }, threads, ort) {
  const channels = Array.from({ length: stages.length + 1 }, () => new MessageChannel());
  let fail;
  const failed = new Promise((_, reject) => (fail = reject));
  failed.catch(() => {});
  const workers = stages.map((stage, at) => {
    const [from, to] = [channels[at].port2, channels[at + 1].port1];
    const worker = new Worker(stageText, { eval: true, workerData: { ...stage, ort, threads, queue, from, to }, transferList: [from, to] });
    worker.on('error', fail);
    return worker;
  });
  const ready = workers.map((worker) => new Promise((resolve) => worker.once('message', resolve)));
  await Promise.race([Promise.all(ready), failed]);
  const [enter, leave] = [channels[0].port1, channels[stages.length].port2];
  let [room, roomier, through] = [queue, () => {}, () => {}];
  enter.on('message', () => (room++, roomier()));
  leave.on('message', (picture) => (leave.postMessage('room'), through(picture)));
  return {
    // Feeds pictures while there is room, until 'isOver' says so; 'onPicture' is told of each that has come through.
    run: (feed, isOver, onPicture) =>
      Promise.race([
        failed,
        new Promise((resolve) => {
          let [sent, done, over] = [0, 0, false];
          roomier = () => {
            while (room > 0 && !(over = over || isOver(sent))) {
              room--;
              enter.postMessage({ id: sent, begun: performance.now(), times: [], values: feed(sent) });
              sent++;
            }
            if (over && done === sent) resolve();
          };
          through = (picture) => (done++, onPicture(picture), roomier());
          roomier();
        }),
      ]),
    close: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

// More are counted and not kept.
const mostTimes = 10000;
const bytesOf = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
const median = (times) => times.slice().sort((a, b) => a - b)[times.length >> 1];

// 'load' opens a session of a file with that many threads; 'feeds' are pictures as tensors, by the name of the whole's input.
async function measureChain({ chain, seconds, cores }, { ort, load, whole, feeds }) {
  const plain = (tensors) =>
    Object.fromEntries(Object.entries(tensors).map(([name, { type, dims, data }]) => [name, { type, dims, data }]));
  const pictures = feeds.map(plain);
  const fewer = Math.max(1, Math.floor(cores / chain.stages.length));
  const ways = [];
  const timed = async (way, threads, one) => {
    for (let at = 0; at < 2; at++) await one(feeds[at % feeds.length]);
    let count = 0;
    const [times, begin] = [[], performance.now()];
    do {
      const start = performance.now();
      await one(feeds[count++ % feeds.length]);
      if (count <= mostTimes) times.push(performance.now() - start);
    } while (performance.now() - begin < seconds * 1000);
    ways.push({ way, threads, times, fps: (count * 1000) / (performance.now() - begin) });
  };
  const inSeries = async (threads) => {
    const sessions = [];
    for (const { file } of chain.stages) sessions.push(await load(file, threads));
    return async (feed) => {
      let values = feed;
      for (const [at, { inputs, outputs, passes }] of chain.stages.entries()) {
        const made = await sessions[at].run(Object.fromEntries(inputs.map((name) => [name, values[name]])), outputs);
        values = Object.fromEntries(passes.map((name) => [name, made[name] || values[name]]));
      }
      return values;
    };
  };
  await timed('whole', cores, ((session) => (feed) => session.run(feed))(await load(whole, cores)));
  for (const threads of new Set([cores, fewer])) await timed('series', threads, await inSeries(threads));

  const series = await inSeries(fewer);
  const pipeline = await openPipeline(chain, fewer, ort);
  try {
    const equal = { pictures: feeds.length, elements: 0, equal: 0 };
    const expected = [];
    for (const feed of feeds) expected.push(await series(feed));
    await pipeline.run((at) => pictures[at], (sent) => sent === feeds.length, ({ id, values }) => {
      for (const [name, tensor] of Object.entries(expected[id])) {
        const [wanted, found] = [bytesOf(tensor), values[name] ? bytesOf(values[name]) : Buffer.alloc(0)];
        const [elements, size] = [tensor.data.length, tensor.data.BYTES_PER_ELEMENT];
        equal.elements += elements;
        if (wanted.equals(found)) equal.equal += elements;
        else for (let at = 0; at < elements * size; at += size) equal.equal += wanted.subarray(at, at + size).equals(found.subarray(at, at + size)) ? 1 : 0;
      }
    });
    let [count, first, last] = [0, 0, 0];
    const [times, stages, begin] = [[], chain.stages.map(() => []), performance.now()];
    await pipeline.run((at) => pictures[at % pictures.length], (sent) => sent > 1 && performance.now() - begin >= seconds * 1000, (picture) => {
      last = performance.now();
      if (count++ === 0) first = last;
      if (count > mostTimes) return;
      times.push(last - picture.begun);
      picture.times.forEach((time, at) => stages[at].push(time));
    });
    // Between the first and the last that came through: the pipeline is filled and emptied beside that.
    ways.push({ way: 'pipelined', threads: fewer, times, fps: ((count - 1) * 1000) / (last - first) });
    return { ways, equal, stages: stages.map(median) };
  } finally {
    await pipeline.close();
  }
}

module.exports = { measureChain };
`;

function stageText(): string {
  return String.raw`
const { parentPort, workerData } = require('node:worker_threads');
const { ort: file, threads, queue, from, to, inputs, outputs, passes } = workerData;
const ort = require(file);
ort.InferenceSession.create(workerData.file, { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 }).then((session) => {
  const waiting = [];
  let [room, busy, wake] = [queue, false, () => {}];
  const work = async () => {
    if (busy) return;
    busy = true;
    while (waiting.length) {
      const picture = waiting.shift();
      from.postMessage('room');
      const feeds = Object.fromEntries(inputs.map((name) => [name, new ort.Tensor(picture.values[name].type, picture.values[name].data, picture.values[name].dims)]));
      const begin = performance.now();
      const made = await session.run(feeds, outputs);
      picture.times.push(performance.now() - begin);
      const values = Object.fromEntries(passes.map((name) => [name, made[name] ? { type: made[name].type, dims: made[name].dims, data: made[name].data } : picture.values[name]]));
      while (room === 0) await new Promise((resolve) => (wake = resolve));
      room--;
      to.postMessage({ ...picture, values });
    }
    busy = false;
  };
  const failed = (error) => setImmediate(() => { throw error; });
  from.on('message', (picture) => { waiting.push(picture); work().catch(failed); });
  to.on('message', () => { room++; wake(); });
  parentPort.postMessage('ready');
}).catch((error) => setImmediate(() => { throw error; }));
`;
}
