import { mkdir, open, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LatheError } from '../../../base/errors.ts';
import { npyBytes } from '../../../base/npy.ts';
import type { RunRequest } from '../../run-plan.ts';
import { permuted } from '../xmodel/layout.ts';
import { fields, list, text, whole } from './foreign.ts';

/** Of one picture; a feature map of a gigabyte is none. */
const mostElements = 1 << 27;

/** A tensor that the board gave: integers at a position, or float32. */
interface BoardOutput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly position?: number;
  readonly bytesEach: number;
  readonly file: string;
}

type Wanted = NonNullable<RunRequest['outputs']>[number];

/**
 * Turns what the board computed into a `.npy` file for each output and picture: float32, with the names, the order and the layout of the ONNX
 * model's outputs. Throws `board.result`.
 */
export async function readOutputs(
  folder: string,
  said: readonly unknown[],
  request: RunRequest,
): Promise<{ files: Record<string, string[]>; notes: readonly string[] }> {
  const outputs = said.map((one, at) => boardOutput(one, at));
  const { pairs, notes } = pairsOf(outputs, request.outputs ?? outputs.map(asOnnx));
  const files: Record<string, string[]> = {};
  for (const [at, { wanted, output }] of pairs.entries())
    files[wanted.name] = await convert(folder, at, output, wanted, request.inputs.length);
  return { files, notes };
}

function boardOutput(value: unknown, at: number): BoardOutput {
  const one = fields(value);
  const shape = list(one['shape']).map((extent) => whole(extent) ?? 0);
  const elements = shape.reduce((a, b) => a * b, 1);
  const [name, bytes, position] = [text(one['name']) ?? `output ${at}`, whole(one['bytes']) ?? 0, whole(one['position'])];
  const bytesEach = bytes / elements;
  const known = position === undefined ? bytesEach === 4 : (bytesEach === 1 || bytesEach === 2) && Math.abs(position) < 64;
  if (!(elements >= 1 && elements <= mostElements && shape.every((extent) => extent > 0) && known))
    throw wrong(`output ${JSON.stringify(name)} is [${shape.slice(0, 8).join(', ')}] in ${bytes} bytes`);
  // The name of the file is ours, not the board's.
  return { name, shape, elements, bytesEach, file: `outputs/${at}.bin`, ...(position === undefined ? {} : { position }) };
}

const wrong = (why: string): LatheError => new LatheError('board.result', `what came back from the board can’t be used: ${why}`, {}, 1);

/** Four axes are N, H, W, C there. */
const asOnnx = ({ name, shape: [n = 1, h = 1, w = 1, c = 1, ...more], shape }: BoardOutput): Wanted => ({
  name,
  shape: shape.length === 4 && more.length === 0 ? [n, c, h, w] : shape,
});

type Fits = (wanted: Wanted, output: BoardOutput) => boolean;

const sameSize: Fits = ({ shape }, { elements }) => elements === shape.reduce((a, b) => a * b, 1);
const sameShape: Fits = ({ shape }, output) => shape.join() === (shape.length === 4 ? asOnnx(output).shape : output.shape).join();
/** Compilers keep names as far as letters, digits and `_`, and put something behind. */
const sameName: Fits = (wanted, output) => sameSize(wanted, output) && plainName(output.name).startsWith(plainName(wanted.name));

/** Which output is which: the only one with the name and size, else the only one of that shape, else of that size; else by order. */
function pairsOf(
  outputs: readonly BoardOutput[],
  wanted: readonly Wanted[],
): { pairs: { wanted: Wanted; output: BoardOutput }[]; notes: string[] } {
  const left = new Set(outputs);
  const found = new Map<Wanted, BoardOutput>();
  const take = (one: Wanted, output: BoardOutput): void => {
    found.set(one, output);
    left.delete(output);
  };
  const open = (): Wanted[] => wanted.filter((one) => !found.has(one));
  for (const fits of [sameName, sameShape, sameSize]) {
    for (const one of open()) {
      const candidates = [...left].filter((output) => fits(one, output));
      const rivals = open().filter((other) => candidates[0] && fits(other, candidates[0]));
      if (candidates.length === 1 && rivals.length === 1) take(one, candidates[0]!);
    }
  }
  const notes: string[] = [];
  for (const one of open()) {
    const first = [...left].find((output) => sameSize(one, output));
    const name = JSON.stringify(one.name);
    if (first) take(one, first);
    notes.push(
      first
        ? `Output ${name} was found on the board by its order only.`
        : `Output ${name} did not come back from the board: no tensor there has its size.`,
    );
  }
  return { pairs: wanted.flatMap((one) => (found.has(one) ? [{ wanted: one, output: found.get(one)! }] : [])), notes };
}

const plainName = (name: string): string => name.replace(/[^0-9A-Za-z]/g, '_');

async function convert(folder: string, at: number, output: BoardOutput, { shape }: Wanted, pictures: number): Promise<string[]> {
  const { elements, bytesEach, file } = output;
  const source = path.join(folder, file);
  const size = elements * bytesEach;
  const there = await sizeOf(source);
  if (there !== size * pictures) throw wrong(`${file} has ${there} bytes instead of ${size * pictures}`);
  const target = path.join(folder, 'npy', String(at));
  await mkdir(target, { recursive: true });
  const handle = await open(source, 'r');
  try {
    const files: string[] = [];
    for (let picture = 0; picture < pictures; picture++) {
      const bytes = new Uint8Array(size);
      const { bytesRead } = await handle.read(bytes, 0, size, picture * size);
      if (bytesRead !== size) throw wrong(`${file} is cut off`);
      const name = path.join(target, `${String(picture).padStart(6, '0')}.npy`);
      await writeFile(name, npyBytes(shape, inOnnxOrder(values(bytes, output), output.shape, shape)));
      files.push(name);
    }
    return files;
  } finally {
    await handle.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw wrong(`${path.basename(file)} is missing`);
    throw error;
  }
}

/** Little endian, as all boards are. */
function values(bytes: Uint8Array, { elements, bytesEach, position }: BoardOutput): Float32Array {
  const view = new DataView(bytes.buffer);
  if (position === undefined) return Float32Array.from({ length: elements }, (_, i) => view.getFloat32(4 * i, true));
  const scale = 2 ** -position;
  return Float32Array.from({ length: elements }, (_, i) => scale * (bytesEach === 1 ? view.getInt8(i) : view.getInt16(2 * i, true)));
}

/** Maps come as N, H, W, C; whatever else has the same order of elements in both. */
function inOnnxOrder(given: Float32Array, shape: readonly number[], wanted: readonly number[]): Float32Array {
  const [n, h, w, c] = shape;
  const isMap = shape.length === 4 && wanted.length === 4 && [n, c, h, w].every((extent, axis) => extent === wanted[axis]);
  return isMap ? permuted(given, shape, [0, 3, 1, 2]) : given;
}
