import { Wire } from './wire-reader.ts';

/** A stretch of a file that belongs here: weights that were never read into memory. */
export interface FileRange {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

export type Payload = Uint8Array | FileRange;

/** Longer payloads are referred to, not copied, until the message is put together. */
const copyLimit = 4096;

const utf8 = new TextEncoder();

/**
 * Writes protobuf's wire format. Large payloads are kept beside the written bytes as references, so a model with its weights
 * is put together, or streamed to a file, without holding them twice.
 */
export class WireWriter {
  #bytes = new Uint8Array(1 << 12);
  #length = 0;
  /** References in ascending order of the place in #bytes where they belong. */
  #references: { at: number; payload: Payload }[] = [];
  #referenced = 0;

  /** Length of everything written, references included. */
  get length(): number {
    return this.#length + this.#referenced;
  }

  uint(field: number, value: number): void {
    this.#tag(field, Wire.varint);
    this.#varint(value);
  }

  /** An int64; negative numbers take ten bytes, as in every protobuf library. */
  int(field: number, value: number | bigint): void {
    this.#tag(field, Wire.varint);
    this.#signed(value);
  }

  float(field: number, value: number): void {
    this.#tag(field, Wire.fixed32);
    this.#reserve(4);
    new DataView(this.#bytes.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  /** The bytes of a single fixed32 (4) or fixed64 (8). */
  fixed(field: number, bytes: Uint8Array): void {
    this.#tag(field, bytes.length === 4 ? Wire.fixed32 : Wire.fixed64);
    this.#reserve(8);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  text(field: number, value: string): void {
    this.bytes(field, utf8.encode(value));
  }

  bytes(field: number, payload: Payload): void {
    this.#tag(field, Wire.bytes);
    this.#varint(payload.length);
    if (payload instanceof Uint8Array && payload.length <= copyLimit) this.raw(payload);
    else {
      this.#references.push({ at: this.#length, payload });
      this.#referenced += payload.length;
    }
  }

  /** A repeated int64 in the packed form. */
  packedInts(field: number, values: readonly (number | bigint)[]): void {
    this.message(field, () => values.forEach((value) => this.#signed(value)));
  }

  /** Bytes that are fields already. */
  raw(fields: Uint8Array): void {
    if (fields.length > copyLimit) {
      this.#references.push({ at: this.#length, payload: fields });
      this.#referenced += fields.length;
      return;
    }
    this.#reserve(fields.length);
    this.#bytes.set(fields, this.#length);
    this.#length += fields.length;
  }

  /** An embedded message made of what `write` writes. Its length is known only then, so the body moves to make room for it. */
  message(field: number, write: () => void): void {
    this.#tag(field, Wire.bytes);
    const start = this.#length;
    const firstReference = this.#references.length;
    const referencedBefore = this.#referenced;
    write();
    const end = this.#length;
    const length = end - start + this.#referenced - referencedBefore;
    this.#varint(length);
    const room = this.#length - end;
    const prefix = this.#bytes.slice(end, this.#length);
    this.#bytes.copyWithin(start + room, start, end);
    this.#bytes.set(prefix, start);
    for (let i = firstReference; i < this.#references.length; i++) this.#references[i]!.at += room;
  }

  /** What was written, in order, without joining it. */
  *chunks(): Generator<Payload> {
    let done = 0;
    for (const { at, payload } of this.#references) {
      if (at > done) yield this.#bytes.subarray(done, at);
      yield payload;
      done = at;
    }
    if (done < this.#length) yield this.#bytes.subarray(done, this.#length);
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  #signed(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) {
      this.#varint(value);
      return;
    }
    this.#reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 0x80n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
