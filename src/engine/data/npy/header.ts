import { LatheError } from '../../base/errors.ts';
import { DataType } from '../../onnx/data-type.ts';

/** What a .npy header says (NEP 1, format 1.0 to 3.0). */
export interface NpyHeader {
  readonly type: DataType;
  readonly itemBytes: number;
  readonly shape: readonly number[];
  /** Bytes before the data. */
  readonly start: number;
}

const types: Readonly<Record<string, DataType>> = {
  f2: DataType.float16,
  f4: DataType.float32,
  f8: DataType.float64,
  i1: DataType.int8,
  i2: DataType.int16,
  i4: DataType.int32,
  i8: DataType.int64,
  u1: DataType.uint8,
  u2: DataType.uint16,
  u4: DataType.uint32,
  u8: DataType.uint64,
  b1: DataType.bool,
};

/** Most bytes of a header that are looked at. */
export const headerBytes = 4096;

/** Reads the header at the beginning of `bytes`; `size`: length of the whole array file. Throws `data.npy`. */
export function readNpyHeader(bytes: Uint8Array, size: number, file: string): NpyHeader {
  const fail = (message: string, hint?: string): LatheError => new LatheError('data.npy', message, { file, hint });
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || latin.toString('latin1', 0, 6) !== '\x93NUMPY') throw fail('not a NumPy array file');
  const wide = bytes[6]! >= 2;
  const length = wide ? latin.readUInt32LE(8) : latin.readUInt16LE(8);
  const start = (wide ? 12 : 10) + length;
  if (start > bytes.length) throw fail('the header is cut off or too long');
  const text = latin.toString('latin1', wide ? 12 : 10, start);
  const descr = /'descr':\s*'([<>|=])(\w\d+)'/.exec(text);
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text);
  if (!descr || !shape) throw fail('the header is not understood', 'Arrays of plain numbers are read, no records and no objects.');
  const type = types[descr[2]!];
  if (type === undefined) throw fail(`arrays of ${descr[2]} are not read`);
  if (descr[1] === '>') throw fail('big-endian arrays are not read', "Save it with array.astype(array.dtype.newbyteorder('<')).");
  if (/'fortran_order':\s*True/.test(text)) throw fail('the array is stored by columns', 'Save it with numpy.ascontiguousarray(array).');
  const dims = shape[1]!
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const itemBytes = Number(descr[2]!.slice(1));
  const bytesNeeded = dims.reduce((product, dim) => product * dim, itemBytes);
  if (!Number.isSafeInteger(bytesNeeded) || start + bytesNeeded > size)
    throw fail(`the header says [${dims.join(', ')}], more than the file holds`);
  return { type, itemBytes, shape: dims, start };
}
