/** The same as ort.py for a board that has Node with onnxruntime-node; CommonJS, so that NODE_PATH and folders above are searched. */
export const nodeScript = String.raw`'use strict';
// Runs an ONNX model with ONNX Runtime and measures it. Brought by Lathe; reads request.json, writes result.json and outputs/.
const fs = require('node:fs');
const os = require('node:os');

function readNpy(file) {
  const bytes = fs.readFileSync(file);
  const wide = bytes[6] > 1;
  const start = (wide ? 12 : 10) + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const shape = /'shape': *\(([^)]*)\)/.exec(bytes.toString('latin1', 10, start))[1];
  const dims = shape.split(',').map((extent) => extent.trim()).filter(Boolean).map(Number);
  return { dims, data: new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length)) };
}

function writeNpy(file, dims, data) {
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + dims.map((extent) => extent + ',').join(' ') + '), }';
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  const values = Float32Array.from(data, Number);
  fs.writeFileSync(file, Buffer.concat([head, Buffer.from(header, 'latin1'), Buffer.from(values.buffer)]));
}

async function run(request, result) {
  const ort = require('onnxruntime-node');
  const { version } = require('onnxruntime-node/package.json');
  result.runtime = 'Node ' + process.versions.node + ', onnxruntime-node ' + version;
  const open = (file, threads) =>
    ort.InferenceSession.create(file, { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 });
  const load = (threads) => open(request.model, threads);
  const cores = os.availableParallelism ? os.availableParallelism() : os.cpus().length;
  const threads = request.threads || [...new Set([1, cores])];
  let session = await load(threads[0]);
  const input = session.inputNames[0];
  const type = (session.inputMetadata && session.inputMetadata[0] && session.inputMetadata[0].type) || 'float32';
  const arrays = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array, int8: Int8Array };
  const picture = (index) => {
    const { dims, data } = readNpy('inputs/' + String(index).padStart(6, '0') + '.npy');
    return { [input]: new ort.Tensor(type, type === 'float32' ? data : arrays[type].from(data), dims) };
  };
  fs.mkdirSync('outputs', { recursive: true });
  const names = session.outputNames;
  for (let index = 0; index < request.inputs; index++) {
    const outputs = await session.run(picture(index));
    names.forEach((name, place) =>
      writeNpy('outputs/' + place + '-' + String(index).padStart(6, '0') + '.npy', outputs[name].dims, outputs[name].data),
    );
  }
  result.outputs = names;

  // The same few pictures again and again: reading files is not what is timed.
  const feeds = Array.from({ length: Math.min(request.inputs, 16) }, (_, index) => picture(index));
  result.times = [];
  for (let count = 0; count < request.warmUp + request.runs; count++) {
    const begin = performance.now();
    await session.run(feeds[count % feeds.length]);
    if (count >= request.warmUp) result.times.push(performance.now() - begin);
  }
  result.latencyThreads = threads[0];

  result.fps = [];
  for (const number of threads) {
    session = await load(number);
    for (const feed of feeds.slice(0, 2)) await session.run(feed);
    let count = 0;
    const begin = performance.now();
    do {
      await session.run(feeds[count++ % feeds.length]);
    } while (performance.now() - begin < request.seconds * 1000);
    result.fps.push({ threads: number, fps: (count * 1000) / (performance.now() - begin) });
  }
  if (request.chain && feeds.length) {
    const { measureChain } = require('./chain.cjs');
    const asked = { chain: request.chain, seconds: request.seconds, cores: Math.max(...threads) };
    const where = require.resolve('onnxruntime-node');
    result.chain = await measureChain(asked, { ort: where, load: open, whole: request.model, feeds });
  }
}

const result = {};
run(JSON.parse(fs.readFileSync('request.json', 'utf8')), result)
  .catch((error) => (result.error = String(error && error.message)))
  .then(() => {
    fs.writeFileSync('result.json', JSON.stringify(result));
    process.exit(result.error === undefined ? 0 : 1);
  });
`;
