import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { LatheError } from '../../base/errors.ts';
import { Tensor, float16ToNumber, type NumericArray } from '../../onnx/tensor.ts';
import { DataType, dataTypeName } from '../../onnx/data-type.ts';
import type { RuntimeTensor } from '../../runtime/runtime.ts';
import { fileBytes, type ByteSource } from './bytes.ts';
import { headerBytes, readNpyHeader, type NpyHeader } from './header.ts';
import { memberHead, openMember, zipMembers, type Member } from './zip.ts';

/** An array on disk whose rows (first dimension) are samples. */
export interface ArrayFile {
  readonly rows: number;
  readonly type: DataType;
  /** Of one row. */
  readonly shape: readonly number[];
  row(index: number): Promise<RuntimeTensor>;
  /** The labels an .npz holds beside it, as `y` or `labels`. */
  labels(): Promise<number[] | undefined>;
  close(): Promise<void>;
}

/**
 * Opens a .npy, or of an .npz the array named as the model's input, else `x`, `images` or `data`, else the only one. Rows are read when
 * asked for. Throws `data.npy` and `data.npz`.
 */
export async function openArray(file: string, input: string): Promise<ArrayFile> {
  const handle = await open(file, 'r');
  try {
    if (path.extname(file).toLowerCase() === '.npy') {
      const source = fileBytes(handle, (await handle.stat()).size);
      return arrayOf(
        await describe(source, file),
        source,
        async () => undefined,
        () => handle.close(),
      );
    }
    const members = await zipMembers(handle, file);
    const { chosen, labelMember } = chooseMembers(members, input, file);
    const source = await openMember(handle, chosen, file);
    const labels = async (): Promise<number[] | undefined> => labelMember && integers(await openMember(handle, labelMember, file), file);
    return arrayOf(await describe(source, file), source, labels, () => handle.close());
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

/**
 * Rows of an array and the labels beside it, without reading its samples: of a compressed one only the beginning is unpacked. `input` is not known, so
 * a name that holds nothing else is taken. Throws as `openArray`.
 */
export async function describeArray(file: string): Promise<Pick<ArrayFile, 'rows' | 'type' | 'shape'> & { labels?: readonly number[] }> {
  const handle = await open(file, 'r');
  try {
    const { header, labels } = await headerOf(handle, file);
    const [rows = 1, ...shape] = header.shape;
    return { rows, type: header.type, shape, ...(labels ? { labels } : {}) };
  } finally {
    await handle.close();
  }
}

async function headerOf(handle: FileHandle, file: string): Promise<{ header: NpyHeader; labels?: number[] }> {
  if (path.extname(file).toLowerCase() === '.npy') return { header: await describe(fileBytes(handle, (await handle.stat()).size), file) };
  const { chosen, labelMember } = chooseMembers(await zipMembers(handle, file), '', file);
  const header = readNpyHeader(await memberHead(handle, chosen, headerBytes, file), chosen.size, file);
  if (!labelMember || labelMember.size > mostLabelBytes) return { header };
  return { header, labels: await integers(await openMember(handle, labelMember, file), file) };
}

/** A million labels of 64 bits. */
const mostLabelBytes = 8 * 2 ** 20 + headerBytes;

function chooseMembers(members: readonly Member[], input: string, file: string): { chosen: Member; labelMember?: Member } {
  const byName = new Map(members.map((member) => [member.name.replace(/\.npy$/, ''), member]));
  const labelMember = byName.get('y') ?? byName.get('labels');
  const candidates = [...byName.values()].filter((member) => member !== labelMember);
  const chosen =
    byName.get(input) ??
    byName.get('x') ??
    byName.get('images') ??
    byName.get('data') ??
    (candidates.length === 1 ? candidates[0] : undefined);
  if (chosen) return { chosen, ...(labelMember ? { labelMember } : {}) };
  throw new LatheError('data.npz', `which of the arrays ${[...byName.keys()].join(', ')} holds the samples is not clear`, {
    file,
    hint: input ? `Name it ${input}, as the model's input, or x.` : "Name it as the model's input, or x.",
  });
}

async function describe(source: ByteSource, file: string): Promise<NpyHeader> {
  return readNpyHeader(await source.read(0, Math.min(headerBytes, source.size)), source.size, file);
}

function arrayOf(header: NpyHeader, source: ByteSource, labels: ArrayFile['labels'], close: ArrayFile['close']): ArrayFile {
  const [rows = 1, ...shape] = header.shape;
  const bytes = shape.reduce((product, dim) => product * dim, header.itemBytes);
  return {
    rows,
    type: header.type,
    shape,
    labels,
    close,
    row: async (index) => tensorOf(header.type, shape, await source.read(header.start + index * bytes, bytes)),
  };
}

function tensorOf(type: DataType, dims: readonly number[], bytes: Uint8Array): RuntimeTensor {
  return { type, dims, data: new Tensor(type, dims, { kind: 'bytes', bytes }).typed() };
}

const whole = async ({ type, shape, start, itemBytes }: NpyHeader, source: ByteSource): Promise<RuntimeTensor> =>
  tensorOf(
    type,
    shape,
    await source.read(
      start,
      shape.reduce((product, dim) => product * dim, itemBytes),
    ),
  );

/** A .npy file that is one sample, whole. */
export async function readTensorFile(file: string): Promise<RuntimeTensor> {
  const handle = await open(file, 'r');
  try {
    const source = fileBytes(handle, (await handle.stat()).size);
    return await whole(await describe(source, file), source);
  } finally {
    await handle.close();
  }
}

/** Labels from a .npy file of whole numbers. */
export async function readIntegers(file: string): Promise<number[]> {
  const handle = await open(file, 'r');
  try {
    return await integers(fileBytes(handle, (await handle.stat()).size), file);
  } finally {
    await handle.close();
  }
}

async function integers(source: ByteSource, file: string): Promise<number[]> {
  const values = await whole(await describe(source, file), source);
  const numbers = Array.from(values.data as ArrayLike<number | bigint>, Number);
  if (values.dims.length === 1 && numbers.every(Number.isInteger)) return numbers;
  throw new LatheError(
    'data.labels',
    `labels are a list of whole numbers; the array is ${dataTypeName(values.type)} [${values.dims.join(', ')}]`,
    {
      file,
    },
  );
}

/**
 * A stored sample in the type the model takes: float64 and float16 are rounded or widened to float32 and back; everything else must
 * be stored as the model takes it. Throws `data.input-type`.
 */
export function asInputType(tensor: RuntimeTensor, type: DataType, file: string): RuntimeTensor {
  if (tensor.type === type) return tensor;
  const data = tensor.data as NumericArray;
  if (type === DataType.float32 && tensor.type === DataType.float64)
    return { ...tensor, type, data: Float32Array.from(data as Float64Array) };
  if (type === DataType.float32 && tensor.type === DataType.float16) {
    return { ...tensor, type, data: Float32Array.from(data as Uint16Array, float16ToNumber) };
  }
  throw new LatheError('data.input-type', `the array is ${dataTypeName(tensor.type)}, the model takes ${dataTypeName(type)}`, {
    file,
    hint: `Arrays are fed as they are, without scale, mean or std: save the ready input with array.astype('${dataTypeName(type)}').`,
  });
}
