/** Reads a quantized, uncompiled .xmodel (proto3 `serial_v2.Graph`): as much as the recorded graphs need. */
export interface XirOp {
  readonly name: string;
  readonly type: string;
  readonly attributes: Readonly<Record<string, XirValue>>;
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  readonly shape: readonly number[];
}

export type XirValue = boolean | number | string | Uint8Array | readonly number[] | readonly string[];

interface Field {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Uint8Array => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const key = Number(varint());
    const wire = key & 7;
    const value = wire === 0 ? varint() : take(wire === 2 ? Number(varint()) : wire === 5 ? 4 : 8);
    yield { number: key >> 3, value };
  }
}

const signed = (value: bigint): number => Number(BigInt.asIntN(64, value));

function packed(bytes: Uint8Array): number[] {
  const found: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte >= 128) continue;
    found.push(signed(value));
    [value, shift] = [0n, 0n];
  }
  return found;
}

const floats = (bytes: Uint8Array): number[] => Array.from(new Float32Array(bytes.slice().buffer));
const inner = (bytes: Uint8Array): Field[] => [...fieldsOf(bytes)];
const integers = (fields: readonly Field[], number: number): number[] =>
  fields.filter((field) => field.number === number).flatMap(({ value }) => (typeof value === 'bigint' ? [signed(value)] : packed(value)));

/** A member of the oneof AttrValue. */
function attributeOf(bytes: Uint8Array): XirValue {
  const [{ number, value }] = inner(bytes) as [Field];
  if (typeof value === 'bigint') return number === 4 ? value !== 0n : signed(value);
  switch (number) {
    case 9:
      return new Float32Array(value.slice().buffer)[0]!;
    case 10:
      return new Float64Array(value.slice().buffer)[0]!;
    case 11:
      return text(value);
    case 12:
      return (inner(value)[0]?.value as Uint8Array | undefined) ?? new Uint8Array();
    case 18:
      return inner(value).flatMap((field) => floats(field.value as Uint8Array));
    case 20:
      return inner(value).map((field) => text(field.value as Uint8Array));
    default:
      return integers(inner(value), 1);
  }
}

function opOf(bytes: Uint8Array): XirOp {
  const fields = inner(bytes);
  const string = (number: number): string => text(fields.find((field) => field.number === number)!.value as Uint8Array);
  const all = (number: number): Uint8Array[] => fields.filter((field) => field.number === number).map(({ value }) => value as Uint8Array);
  const attributes: Record<string, XirValue> = {};
  for (const entry of all(3)) {
    const [key, value] = inner(entry);
    attributes[text(key!.value as Uint8Array)] = attributeOf(value!.value as Uint8Array);
  }
  const inputs: Record<string, string[]> = {};
  for (const argument of all(4)) {
    const [name, ...ops] = inner(argument).map(({ value }) => text(value as Uint8Array));
    inputs[name!] = ops;
  }
  return { name: string(1), type: string(2), attributes, inputs, shape: integers(inner(all(5)[0]!), 2) };
}

export const readXmodel = (bytes: Uint8Array): XirOp[] =>
  [...fieldsOf(Uint8Array.from(bytes))].filter(({ number }) => number === 5).map(({ value }) => opOf(value as Uint8Array));
