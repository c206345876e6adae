import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { encodeModel } from '../../../src/engine/onnx/codec.ts';
import { DataType } from '../../../src/engine/onnx/data-type.ts';
import type { Model } from '../../../src/engine/onnx/graph.ts';
import type { Runtime } from '../../../src/engine/runtime/runtime.ts';
import { simulate } from '../../../src/engine/targets/zcu104/simulate.ts';
import { exportXmodel } from '../../../src/engine/targets/zcu104/xmodel/export.ts';
import { permuted } from '../../../src/engine/targets/zcu104/xmodel/layout.ts';
import { decodeXir, encodeXir } from '../../../src/engine/xir/codec.ts';
import { evaluateXir, type Values } from '../../../src/engine/xir/evaluate/index.ts';
import type { XirGraph } from '../../../src/engine/xir/graph.ts';
import { vendorLoader, vendorReference, type Loaded } from './vendor.ts';

/** Elements that differ between two computations of the same outputs. */
export interface Difference {
  readonly elements: number;
  readonly differ: number;
  readonly largest: number;
}

/** What was found out about one exported model. */
export interface Proof {
  readonly operators: number;
  readonly bytes: number;
  /** By the vendor's library; undefined where that cannot be had. */
  readonly loaded?: Loaded;
  /** Our evaluation of the file against the reference, tensor by tensor, over the first picture; undefined without the reference. */
  readonly reference?: { readonly tensors: number; readonly differ: number };
  /** Our simulation of the ONNX model against our evaluation of the file. */
  readonly simulation: Difference;
  /** The quantized ONNX model as ONNX Runtime computes it against the file. */
  readonly onnx: Difference;
  /** The same against the file with halves rounded as ONNX does: what is left comes from other rules than ties. */
  readonly onnxButTies: Difference;
  /** Values that fall on a half where the two roundings part, over all `fix` operators, of so many rounded values. */
  readonly ties: { readonly values: number; readonly parting: number };
}

/** Runs an exported model in every way there is, on the pictures given (NCHW, one each). */
export async function prove(
  model: Model,
  pictures: readonly Float32Array[],
  runtime: Runtime,
  options: { reference?: boolean } = {},
): Promise<Proof> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lathe-proof-'));
  try {
    const { graph } = exportXmodel(model, 'proof');
    const bytes = new Uint8Array(Buffer.concat([...encodeXir(graph)] as Uint8Array[]));
    const file = path.join(folder, 'proof_int.xmodel');
    writeFileSync(file, bytes);
    const read = decodeXir(bytes);
    const [found, reference] = [vendorLoader(), options.reference === false ? { reason: 'not asked for' } : vendorReference()];
    const even = roundedToEven(read);
    const [simulation, onnx, onnxButTies, ties] = [new Sum(), new Sum(), new Sum(), { values: 0, parting: 0 }];
    let checked: Proof['reference'];
    const simulated = await loadAsWritten(runtime, simulate(model).model);
    const written = await loadAsWritten(runtime, model);
    for (const [at, picture] of pictures.entries()) {
      const input = fileInput(read, model, picture);
      const values = evaluateXir(read, input.values);
      const halves = evaluateXir(even, input.values);
      countTies(read, values, ties);
      const mine = outputsOf(read, values);
      simulation.add(await simulated.run(picture), mine);
      const theirs = await written.run(picture);
      onnx.add(theirs, mine);
      onnxButTies.add(theirs, outputsOf(even, halves));
      if (at === 0 && 'tool' in reference) {
        const raw = path.join(folder, 'input.f32');
        writeFileSync(raw, Buffer.from(input.nhwc.buffer, input.nhwc.byteOffset, input.nhwc.byteLength));
        const dump = path.join(folder, 'dump');
        mkdirSync(dump);
        const tensors = reference.tool.run(file, raw, dump);
        const differ = tensors.filter(
          ({ name }) => !sameBytes(readFileSync(path.join(dump, `${name}.f32`)), values.get(name)!.data),
        ).length;
        checked = { tensors: tensors.length, differ };
      }
    }
    await simulated.dispose();
    await written.dispose();
    return {
      operators: read.ops.length,
      bytes: bytes.length,
      ...('tool' in found ? { loaded: found.tool.load(file) } : {}),
      ...(checked ? { reference: checked } : {}),
      simulation,
      onnx,
      onnxButTies,
      ties,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

class Sum implements Difference {
  elements = 0;
  differ = 0;
  largest = 0;

  add(theirs: readonly ArrayLike<number>[], mine: readonly Float32Array[]): void {
    mine.forEach((values, output) => {
      const other = theirs[output]!;
      if (other.length !== values.length) throw new Error(`output ${output} has ${other.length} and ${values.length} elements`);
      values.forEach((value, i) => {
        const error = Math.abs(value - other[i]!);
        this.elements++;
        if (error !== 0) this.differ++;
        this.largest = Math.max(this.largest, error);
      });
    });
  }
}

const sameBytes = (bytes: Uint8Array, data: Float32Array): boolean => {
  const own = Float32Array.from(data);
  // −0 and 0 are the same number.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.byteLength === 4 * own.length && own.every((value, i) => view.getFloat32(4 * i, true) === value);
};

/** The picture in the order of the file, as the `data` op takes it. */
function fileInput(graph: XirGraph, model: Model, picture: Float32Array): { values: Map<string, Float32Array>; nhwc: Float32Array } {
  const data = graph.ops.find(({ type }) => type === 'data')!;
  const { shape } = data.tensor;
  if (model.graph.requiredInputs.length !== 1) throw new Error('a model of several inputs');
  const [n = 1, height = 1, width = 1, channels = 1] = shape;
  const nhwc = shape.length === 4 ? permuted(picture, [n, channels, height, width], [0, 2, 3, 1]) : Float32Array.from(picture);
  return { values: new Map([[data.name, nhwc]]), nhwc };
}

/** What the graph is run for, in the order of ONNX. */
function outputsOf(graph: XirGraph, values: ReadonlyMap<string, Values>): Float32Array[] {
  return (graph.attributes.get('return_ops')!.value as readonly string[]).map((name) => {
    const { shape, data } = values.get(name)!;
    return shape.length === 4 ? permuted(data, shape, [0, 3, 1, 2]) : data;
  });
}

/** The same graph with halves of activations rounded to even, as QuantizeLinear does. */
function roundedToEven(graph: XirGraph): XirGraph {
  return {
    ...graph,
    ops: graph.ops.map((op) =>
      op.type === 'fix'
        ? { ...op, attributes: new Map([...op.attributes, ['round_mode', { kind: 'string', value: 'PY3_ROUND' } as const]]) }
        : op,
    ),
  };
}

/** Values on an exact half whose lower neighbour is even: up and to even are different there. */
function countTies(graph: XirGraph, values: ReadonlyMap<string, Values>, into: { values: number; parting: number }): void {
  const makers = new Map(graph.ops.map((op) => [op.name, op]));
  for (const op of graph.ops) {
    const [from = ''] = op.inputs.get('input') ?? [];
    if (op.type !== 'fix' || makers.get(from)?.type === 'const') continue;
    const factor = 2 ** (op.attributes.get('fix_point')!.value as number);
    for (const value of values.get(from)!.data) {
      const scaled = Math.fround(value * factor);
      const below = Math.floor(scaled);
      into.values++;
      if (scaled - below === 0.5 && below % 2 === 0 && scaled > -128 && scaled < 127) into.parting++;
    }
  }
}

async function loadAsWritten(
  runtime: Runtime,
  model: Model,
): Promise<{ run(picture: Float32Array): Promise<ArrayLike<number>[]>; dispose(): Promise<void> }> {
  const session = await runtime.load(encodeModel(model), { optimize: 'none', threads: 1 });
  const [input] = model.graph.requiredInputs;
  const declared = input?.type?.kind === 'tensor' ? (input.type.shape ?? []) : [];
  const dims = declared.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : NaN));
  return {
    async run(data) {
      const results = await session.run({ [input!.name]: { type: DataType.float32, dims, data } });
      return model.graph.outputs.map(({ name }) => results[name]!.data as Float32Array);
    },
    dispose: () => session.dispose(),
  };
}
