import { type Random, shuffle } from '../../src/engine/base/random.ts';

/**
 * Protobuf messages as trees, from the wire format alone and without the product's reader: an oracle for it. Only what is
 * named here is taken for a message; everything else is bytes.
 */
interface Shape {
  readonly [field: number]: Shape;
}

const shape: Shape = {};
const type: Record<number, Shape> = { 1: { 2: { 1: shape } } };
const info: Shape = { 2: type, 4: shape };
const tensor: Shape = { 13: shape, 16: shape };
const sparse: Shape = { 1: tensor, 2: tensor };
const attribute: Record<number, Shape> = { 5: tensor, 14: type, 22: sparse };
const node: Shape = { 5: attribute, 9: shape };
const graph: Shape = { 1: node, 5: tensor, 11: info, 12: info, 13: info, 14: shape, 15: sparse, 16: shape };
attribute[6] = graph;
const model: Shape = { 7: graph, 8: shape, 14: shape, 25: { 7: node, 9: shape, 11: attribute, 12: info } };

interface Field {
  readonly number: number;
  readonly tag: Buffer;
  readonly value: Buffer;
  /** Where the value is a message. */
  readonly inner?: Field[];
}

function varint(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0;
  for (let i = at, scale = 1; ; i++, scale *= 128) {
    const byte = bytes[i]!;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: i + 1 };
  }
}

function fieldsOf(bytes: Buffer, known: Shape): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const { value: tag, end: start } = varint(bytes, at);
    const number = Math.floor(tag / 8);
    let end = start + { 0: 0, 1: 8, 2: 0, 5: 4 }[tag % 8]!;
    let from = start;
    if (tag % 8 === 0) end = varint(bytes, start).end;
    if (tag % 8 === 2) {
      const length = varint(bytes, start);
      from = length.end;
      end = from + length.value;
    }
    const value = bytes.subarray(from, end);
    const inner = known[number] && tag % 8 === 2 ? fieldsOf(value, known[number]) : undefined;
    fields.push({ number, tag: bytes.subarray(at, start), value, inner });
    at = end;
  }
  return fields;
}

function lengthPrefix(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

function joined(fields: readonly Field[], order: (fields: readonly Field[]) => readonly Field[]): Buffer {
  const parts = order(fields).map(({ tag, value, inner }) => {
    const body = inner ? joined(inner, order) : value;
    return tag[0]! % 8 === 2 ? Buffer.concat([tag, lengthPrefix(body.length), body]) : Buffer.concat([tag, body]);
  });
  return Buffer.concat(parts);
}

const byNumber = (fields: readonly Field[]): Field[] => [...fields].sort((a, b) => a.number - b.number);

/** The message with the fields of every part in ascending order: equal for models of equal content. */
export const normalForm = (bytes: Uint8Array): string => joined(fieldsOf(Buffer.from(bytes), model), byNumber).toString('hex');

/** The message with fields of different numbers in random order, at every level; fields of one number keep theirs. */
export function shuffledFields(bytes: Uint8Array, random: Random): Buffer {
  return joined(fieldsOf(Buffer.from(bytes), model), (fields) => {
    const waiting = new Map<number, Field[]>();
    for (const field of fields) waiting.set(field.number, [...(waiting.get(field.number) ?? []), field]);
    const numbers = fields.map((field) => field.number);
    return shuffle(numbers, random).map((number) => waiting.get(number)!.shift()!);
  });
}
