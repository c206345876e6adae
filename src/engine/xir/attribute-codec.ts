import { Wire, type WireReader } from '../onnx/wire-reader.ts';
import type { WireWriter } from '../onnx/wire-writer.ts';
import type { XirAttribute, XirBytes } from './graph.ts';

/** Longer contents of `bytes` stay in a file that is read for its graph. */
const bytesKept = 4096;

interface Codec<T> {
  read(reader: WireReader): T;
  write(writer: WireWriter, field: number, value: T): void;
  /** Fills a list with what one field holds; numbers may be packed. */
  readInto(reader: WireReader, list: T[]): void;
  writeAll(writer: WireWriter, field: number, values: readonly T[]): void;
}

const eachByItself = <T>(one: Pick<Codec<T>, 'read' | 'write'>): Codec<T> => ({
  ...one,
  readInto: (reader, list) => void list.push(one.read(reader)),
  writeAll: (writer, field, values) => values.forEach((value) => one.write(writer, field, value)),
});

/** Whole numbers: `from` makes of an int64 what the kind holds. */
const integer = <T extends number | bigint | boolean>(
  from: (value: number | bigint) => T,
  to: (value: T) => number | bigint,
): Codec<T> => ({
  read: (reader) => from(reader.int()),
  write: (writer, field, value) => writer.int(field, to(value)),
  readInto(reader, list) {
    const all: (number | bigint)[] = [];
    reader.intsInto(all);
    for (const value of all) list.push(from(value));
  },
  writeAll: (writer, field, values) => void (values.length && writer.packedInts(field, values.map(to))),
});

/** Widths in bytes are 4 and 8. */
const real = (width: 4 | 8): Codec<number> => {
  const numbers = (bytes: Uint8Array): number[] => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: Math.floor(bytes.byteLength / width) }, (_, i) =>
      width === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true),
    );
  };
  const bytesOf = (values: readonly number[]): Uint8Array => {
    const view = new DataView(new ArrayBuffer(width * values.length));
    values.forEach((value, i) => (width === 4 ? view.setFloat32(4 * i, value, true) : view.setFloat64(8 * i, value, true)));
    return new Uint8Array(view.buffer);
  };
  return {
    read: (reader) => numbers(reader.fixed(width))[0]!,
    write: (writer, field, value) => writer.fixed(field, bytesOf([value])),
    readInto: (reader, list) => void list.push(...numbers(reader.wire === Wire.bytes ? reader.bytes() : reader.fixed(width))),
    writeAll: (writer, field, values) => void (values.length && writer.bytes(field, bytesOf(values))),
  };
};

const int32 = integer(
  (value) => Number(BigInt.asIntN(32, BigInt(value))),
  (value) => value,
);
const uint32 = integer(
  (value) => Number(BigInt.asUintN(32, BigInt(value))),
  (value) => value,
);
const int64 = integer<bigint>(BigInt, (value) => value);
const uint64 = integer(
  (value) => BigInt.asUintN(64, BigInt(value)),
  (value) => BigInt.asIntN(64, value),
);
const bool = integer(
  (value) => Number(value) !== 0,
  (value) => Number(value),
);
const string = eachByItself<string>({
  read: (reader) => reader.text(),
  write: (writer, field, value) => writer.text(field, value),
});
const plainBytes = eachByItself<XirBytes>({
  read: (reader) => reader.payload(bytesKept),
  write: (writer, field, value) => writer.bytes(field, loaded(value)),
});
/** `Bytes { bytes value = 1 }`. */
const bytes = eachByItself<XirBytes>({
  read: (reader) => {
    let value: XirBytes = new Uint8Array(0);
    fields(reader, () => (value = plainBytes.read(reader)));
    return value;
  },
  write: (writer, field, value) => writer.message(field, () => void (value.length && plainBytes.write(writer, 1, value))),
});

/** `XVec { repeated X value = 1 }`. */
const list = <T>(of: Codec<T>): Codec<readonly T[]> =>
  eachByItself<readonly T[]>({
    read: (reader) => {
      const values: T[] = [];
      fields(reader, () => of.readInto(reader, values));
      return values;
    },
    write: (writer, field, values) => writer.message(field, () => of.writeAll(writer, 1, values)),
  });

/** `MapString2X { map<string, X> value = 1 }`. */
const map = <T>(of: Codec<T>): Codec<ReadonlyMap<string, T>> =>
  eachByItself<ReadonlyMap<string, T>>({
    read: (reader) => {
      const entries = new Map<string, T>();
      fields(reader, () => readEntry(reader, of, entries));
      return entries;
    },
    write: (writer, field, entries) =>
      writer.message(field, () => {
        for (const [key, value] of entries) writeEntry(writer, 1, of, key, value);
      }),
  });

/** Walks the fields of a message; `read` is called for those of number 1, others are skipped. */
function fields(reader: WireReader, read: () => void): void {
  reader.message(() => {
    while (reader.next()) if (reader.field === 1) read(); else reader.skip(); // prettier-ignore
  });
}

function loaded(value: XirBytes): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError('the contents of this attribute were left in its file');
}

/** One entry of a protobuf map: `{ 1: key, 2: value }`. */
export function readEntry<T>(reader: WireReader, of: Pick<Codec<T>, 'read'>, entries: Map<string, T>): void {
  let [key, value]: [string, T | undefined] = ['', undefined];
  reader.message(() => {
    while (reader.next()) {
      if (reader.field === 1) key = reader.text();
      else if (reader.field === 2) value = of.read(reader);
      else reader.skip();
    }
  });
  if (value !== undefined) entries.set(key, value);
}

export function writeEntry<T>(writer: WireWriter, field: number, of: Pick<Codec<T>, 'write'>, key: string, value: T): void {
  writer.message(field, () => {
    writer.text(1, key);
    of.write(writer, 2, value);
  });
}

/** Members of the oneof `AttrValue` by field number (graph_proto_v2.proto of Vitis-AI's xir). */
const kinds: readonly (readonly [field: number, kind: XirAttribute['kind'], codec: unknown])[] = [
  [4, 'bool', bool],
  [5, 'int32', int32],
  [6, 'uint32', uint32],
  [7, 'int64', int64],
  [8, 'uint64', uint64],
  [9, 'float', real(4)],
  [10, 'double', real(8)],
  [11, 'string', string],
  [12, 'bytes', bytes],
  [13, 'bool_vec', list(bool)],
  [14, 'int32_vec', list(int32)],
  [15, 'uint32_vec', list(uint32)],
  [16, 'int64_vec', list(int64)],
  [17, 'uint64_vec', list(uint64)],
  [18, 'float_vec', list(real(4))],
  [19, 'double_vec', list(real(8))],
  [20, 'string_vec', list(string)],
  [21, 'bytes_vec', list(plainBytes)],
  [22, 'map_string_int32', map(int32)],
  [23, 'map_string_uint32', map(uint32)],
  [24, 'map_string_int64', map(int64)],
  [25, 'map_string_uint64', map(uint64)],
  [26, 'map_string_string', map(string)],
  [27, 'map_string_bytes', map(plainBytes)],
  [28, 'map_string_int32_vec', map(list(int32))],
  [29, 'map_string_uint32_vec', map(list(uint32))],
  [30, 'map_string_int64_vec', map(list(int64))],
  [31, 'map_string_uint64_vec', map(list(uint64))],
  [32, 'map_string_string_vec', map(list(string))],
];
const byField = new Map(kinds.map(([field, kind, codec]) => [field, { kind, codec: codec as Codec<unknown> }]));
const byKind = new Map(kinds.map(([field, kind, codec]) => [kind, { field, codec: codec as Codec<unknown> }]));

/** `AttrValue`. A member that is not known is skipped; without any there is no value. */
export const attributeCodec = {
  read(reader: WireReader): XirAttribute | undefined {
    let found: XirAttribute | undefined;
    reader.message(() => {
      while (reader.next()) {
        const member = byField.get(reader.field);
        if (member) found = { kind: member.kind, value: member.codec.read(reader) } as XirAttribute;
        else reader.skip();
      }
    });
    return found;
  },
  /** The member is written also where it is 0 or empty: without one the vendor's reader stops. */
  write(writer: WireWriter, field: number, { kind, value }: XirAttribute): void {
    const member = byKind.get(kind)!;
    writer.message(field, () => member.codec.write(writer, member.field, value));
  },
};
