import { describe, expect, it } from 'vitest';
import { memorySource, WireReader } from '../../../src/engine/onnx/wire-reader.ts';
import { WireWriter } from '../../../src/engine/onnx/wire-writer.ts';

const bytesOf = (writer: WireWriter): Uint8Array => Buffer.concat([...writer.chunks()].map((chunk) => chunk as Uint8Array));
const reader = (...bytes: number[]): WireReader => new WireReader(memorySource(Uint8Array.from(bytes)), 'a file');

/** The values of field 1 as the writer's output is read back. */
function roundTrip(value: number | bigint): number | bigint {
  const writer = new WireWriter();
  writer.int(1, value);
  const back = new WireReader(memorySource(bytesOf(writer)));
  back.next();
  return back.int();
}

describe('the wire format', () => {
  // Encodings from protobuf's own documentation ("Encoding": varints, signed integers, embedded messages, packed fields).
  it('is written as documented', () => {
    const writer = new WireWriter();
    writer.int(1, 150);
    writer.text(2, 'testing');
    writer.message(3, () => writer.int(1, 150));
    writer.int(1, -2);
    writer.float(5, 1);
    expect(Buffer.from(bytesOf(writer)).toString('hex')).toBe(
      '089601' + '120774657374696e67' + '1a03089601' + '08feffffffffffffffff01' + '2d0000803f',
    );
  });

  it('holds 64-bit integers exactly', () => {
    const values = [
      0,
      1,
      -1,
      127,
      128,
      2 ** 31,
      -(2 ** 31),
      2 ** 32 + 5,
      2 ** 53 - 1,
      -(2 ** 53) + 1,
      2n ** 53n,
      -(2n ** 53n),
      2n ** 63n - 1n,
      -(2n ** 63n),
    ];
    expect(values.map(roundTrip)).toEqual(values);
  });

  it('reads repeated numbers packed and not', () => {
    const ints: (number | bigint)[] = [];
    const packed = reader(0x0a, 0x03, 0x01, 0x96, 0x01, 0x08, 0x05);
    while (packed.next()) packed.intsInto(ints);
    expect(ints).toEqual([1, 150, 5]);
  });

  it('puts long messages together without copying what they refer to', () => {
    const writer = new WireWriter();
    const weights = new Uint8Array(100_000).fill(7);
    writer.message(1, () => {
      writer.message(1, () => writer.bytes(9, weights));
      writer.text(2, 'behind');
      writer.bytes(9, { path: 'elsewhere', offset: 5, length: 1000 });
    });
    const chunks = [...writer.chunks()];
    expect(chunks.find((chunk) => chunk instanceof Uint8Array && chunk.length === weights.length)).toBe(weights);
    expect(chunks.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(writer.length);
    const read = new WireReader(
      memorySource(Buffer.concat(chunks.map((chunk) => (chunk instanceof Uint8Array ? chunk : new Uint8Array(chunk.length))))),
    );
    const fields: number[] = [];
    expect(read.next()).toBe(true);
    read.message(() => {
      while (read.next()) {
        fields.push(read.field);
        read.skip();
      }
    });
    expect([fields, read.next()]).toEqual([[1, 2, 9], false]);
  });
});

describe('damaged bytes are refused with their offset', () => {
  const readAll = (bytes: number[]): unknown => {
    const source = reader(...bytes);
    const visit = (): void => {
      while (source.next()) {
        if (source.field === 7) source.message(visit);
        else if (source.field === 8) source.text();
        else if (source.field === 9) source.int();
        else source.skip();
      }
    };
    try {
      visit();
      return 'read';
    } catch (error) {
      const { code, place } = error as { code: string; place: { offset: number } };
      return `${code} at ${place.offset}`;
    }
  };

  it.each<[string, number[], string]>([
    ['a length past the end of the file', [0x0a, 0x7f, 0x00], 'model.truncated at 1'],
    ['a length of almost 2^63', [0x08, 0x01, 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 'model.damaged at 3'],
    ['a length of 2^50', [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02], 'model.truncated at 1'],
    ['a part longer than the one around it', [0x3a, 0x03, 0x0a, 0x05, 0x00, 0x08, 0x01, 0x08, 0x01], 'model.damaged at 3'],
    ['a number without an end', [0x08, 0x80], 'model.truncated at 2'],
    ['a number that leaves its part', [0x3a, 0x02, 0x08, 0x80, 0x01], 'model.damaged at 4'],
    ['a number of 11 bytes', [0x48, ...Array.from({ length: 10 }, () => 0x80), 0x01], 'model.damaged at 1'],
    ['a group, which ONNX never uses', [0x0b], 'model.not-onnx at 0'],
    ['field 0', [0x00], 'model.not-onnx at 0'],
    ['a number where a part should be', [0x38, 0x01], 'model.damaged at 0'],
    ['a name that is not UTF-8', [0x42, 0x02, 0xc3, 0x28], 'model.bad-text at 1'],
  ])('%s', (_, bytes, expected) => {
    expect(readAll(bytes)).toBe(expected);
  });

  it('parts nested too deep', () => {
    let bytes = Buffer.alloc(0);
    for (let i = 0; i < 120; i++) bytes = Buffer.concat([Buffer.from(bytes.length < 128 ? [0x3a, bytes.length] : [0x3a, (bytes.length % 128) | 128, Math.floor(bytes.length / 128)]), bytes]); // prettier-ignore
    expect(readAll([...bytes])).toMatch(/^model.too-deep/);
  });
});
