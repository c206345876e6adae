import { closeSync, ftruncateSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { encodeModel } from '../../src/engine/onnx/codec.ts';
import { DataType } from '../../src/engine/onnx/data-type.ts';
import { Graph, Model, Node } from '../../src/engine/onnx/graph.ts';
import { type BenchContext, type BenchGroup, median, wanted } from './measure.ts';
import { type ProcessCost, measureProcess } from './process.ts';

export const lathe = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<ProcessCost> =>
  measureProcess(process.execPath, ['bin/lathe.mjs', ...args], { env });

const gibibyte = 2 ** 30;

/** A valid model whose one weight is 1 GiB of zeros, in a sparse file: inline raw_data of a MatMul, or external data. */
export function writeBigModel(folder: string, external: boolean): string {
  const file = path.join(folder, external ? 'external.onnx' : 'inline.onnx');
  const [rows, columns] = [16384, 16384];
  const graph = new Graph();
  graph.name = 'big';
  graph.inputs = [{ name: 'x', type: { kind: 'tensor', elementType: DataType.float32, shape: [1, rows] } }];
  graph.outputs = [{ name: 'y', type: { kind: 'tensor', elementType: DataType.float32, shape: [1, columns] } }];
  graph.add(new Node('matmul', 'MatMul', ['x', 'w'], ['y']));
  const model = new Model(graph);
  model.opsets.set('', 13);
  const bytes = encodeModel(model);
  // GraphProto.initializer (field 5) { dims: rows, columns; data_type: float; name: "w"; raw_data or external_data } becomes the
  // graph's last field, and the graph (ModelProto field 7) the file's last, so that the weights end the file.
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
  const text = (field: number, value: string): number[] => [(field << 3) | 2, ...varint(value.length), ...Buffer.from(value)];
  const entry = (key: string, value: string): number[] => {
    const body = [...text(1, key), ...text(2, value)];
    return [(13 << 3) | 2, ...varint(body.length), ...body];
  };
  const head = [0x08, ...varint(rows), 0x08, ...varint(columns), 0x10, 1, ...text(8, 'w')];
  const tail = external
    ? [...entry('location', 'big.bin'), ...entry('length', String(gibibyte)), 0x70, 1]
    : [(9 << 3) | 2, ...varint(gibibyte)];
  const tensorLength = head.length + tail.length + (external ? 0 : gibibyte);
  const tensor = [(5 << 3) | 2, ...varint(tensorLength), ...head, ...tail];
  const { graph: body, others } = splitGraph(bytes);
  const outer = [(7 << 3) | 2, ...varint(body.length + tensor.length + (external ? 0 : gibibyte))];
  writeFileSync(file, Buffer.concat([others, Uint8Array.from(outer), body, Uint8Array.from(tensor)]));
  const data = external ? path.join(folder, 'big.bin') : file;
  const handle = openSync(data, external ? 'w' : 'r+');
  if (external) writeSync(handle, Uint8Array.of(0));
  ftruncateSync(handle, external ? gibibyte : statSync(file).size + gibibyte);
  closeSync(handle);
  return file;
}

/** Splits an encoded ModelProto into the bytes of its graph and all other fields. */
function splitGraph(bytes: Uint8Array): { graph: Uint8Array; others: Uint8Array } {
  let [at, graph] = [0, new Uint8Array()];
  const others: Uint8Array[] = [];
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (let byte = 128; byte & 128; factor *= 128) {
      byte = bytes[at++]!;
      value += (byte & 127) * factor;
    }
    return value;
  };
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    const length = tag & 2 ? varint() : (varint(), 0);
    if (tag >> 3 === 7) graph = bytes.slice(at, at + length);
    else others.push(bytes.subarray(start, at + length));
    at += length;
  }
  return { graph, others: Buffer.concat(others) };
}

async function repeat(
  bench: BenchContext,
  name: string,
  args: readonly string[],
  goals: { cpu?: number; wall?: number; rss?: number },
): Promise<void> {
  if (!wanted(bench, name)) return;
  const runs: ProcessCost[] = [];
  for (let i = 0; i < 5; i++) runs.push(await lathe(args));
  const report = (what: string, unit: string, pick: (run: ProcessCost) => number, limit: number | undefined): void => {
    if (limit === undefined) return;
    const value = median(runs.map(pick));
    bench.report({ name: `${name}: ${what}`, value, unit, goal: `<= ${limit}`, ok: value <= limit, note: 'median of 5' });
  };
  report('CPU', 's', (run) => run.cpuSeconds, goals.cpu);
  report('wall', 's', (run) => run.wallSeconds, goals.wall);
  report('peak memory', 'MiB', (run) => run.peakRssMiB, goals.rss);
}

export const io: BenchGroup = {
  name: 'io',
  async run(bench) {
    await repeat(bench, 'lathe --version', ['--version'], { cpu: 0.3 });
    await repeat(bench, 'inspect, small file', ['inspect', 'samples/shapes/model.onnx'], { cpu: 0.3 });
    for (const external of [false, true]) {
      const file = writeBigModel(bench.scratch, external);
      await repeat(bench, `inspect, 1 GiB ${external ? 'external' : 'inline'}`, ['inspect', file], { wall: 0.5, rss: 120 });
    }
  },
};
