import { LatheError } from '../base/errors.ts';

/** Bytes that can be read in pieces: a buffer in memory, or a file of which only the headers are wanted. */
export interface ByteSource {
  readonly size: number;
  /** At most `length` bytes from `offset` on, at least one before the end. Valid until the next read unless `stable`. */
  read(offset: number, length: number): Uint8Array;
  /** True when what `read` returns stays valid: then the reader hands out views instead of copies. */
  readonly stable: boolean;
}

export function memorySource(bytes: Uint8Array): ByteSource {
  // A Buffer's slice() is a view, a Uint8Array's is a copy: everything behind this line is a Uint8Array.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { size: plain.length, stable: true, read: (offset, length) => plain.subarray(offset, offset + length) };
}

/** A stretch of the source that was skipped. */
export interface StoredRange {
  readonly offset: number;
  readonly length: number;
}

/** What is read, for messages; `code` is that of the error where it is something else. */
export interface WireFormat {
  readonly name: string;
  readonly code: string;
}

/** Wire types of the protobuf encoding that ONNX uses; 3 and 4 (groups) never occur in it. */
export const Wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Protobuf libraries refuse deeper messages; ONNX needs three levels for each nested If or Loop. */
const maximumDepth = 100;
/**
 * Every message and kept field becomes an object, the larger ones by their weight: a file of empty parts must neither fill the
 * memory nor take long. A graph of 10⁵ nodes, among the largest there are, comes to some 4 million.
 */
const maximumParts = 6_000_000;
export const Weight = { node: 8, tensor: 8, attribute: 4, valueInfo: 4 } as const;
/** A list that is not packed costs a JavaScript number an element. */
const maximumListLength = 1 << 26;
/** Read-ahead in a file: little where reading goes on behind skipped weights, more as it continues from there. */
const smallestWindow = 1 << 12;
const largestWindow = 1 << 16;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads protobuf's wire format field by field. Every length is checked against the message around it before anything is
 * allocated; every error is a LatheError with the byte offset. Call `next`, look at `field`, then read or skip the value.
 */
export class WireReader {
  /** Number and wire type of the field that `next` found. */
  field = 0;
  wire = 0;

  readonly #source: ByteSource;
  /** For messages. */
  readonly file: string | undefined;
  readonly #format: WireFormat;
  #window: Uint8Array;
  /** Absolute offset of the window's first byte. */
  #base = 0;
  #ahead = smallestWindow;
  #at = 0;
  #end: number;
  #fieldStart = 0;
  #depth = 0;
  #parts = 0;

  constructor(source: ByteSource, file?: string, format: WireFormat = { name: 'ONNX', code: 'model.not-onnx' }) {
    this.#source = source;
    this.file = file;
    this.#format = format;
    this.#end = source.size;
    this.#window = source.stable ? source.read(0, source.size) : new Uint8Array(0);
  }

  /** Absolute offset of the next byte. */
  get offset(): number {
    return this.#at;
  }

  get stable(): boolean {
    return this.#source.stable;
  }

  fail(code: string, message: string, offset = this.#at, hint?: string): never {
    throw new LatheError(code, message, { file: this.file, offset, hint });
  }

  /** Goes to the next field of the present message; false at its end. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.#fieldStart = this.#at;
    const tag = this.#unsigned();
    this.field = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.field < 1 || this.field > 0x1fffffff || (this.wire > 2 && this.wire !== Wire.fixed32)) {
      const { name, code } = this.#format;
      this.fail(code, `no ${name} field starts here (field ${this.field}, wire type ${this.wire})`, this.#fieldStart);
    }
    return true;
  }

  skip(): void {
    if (this.wire === Wire.varint) this.#skipVarint();
    else this.#advance(this.wire === Wire.bytes ? this.#length() : this.wire === Wire.fixed64 ? 8 : 4);
  }

  /** The whole field with its tag, skipped if it was not read yet: what the caller does not understand but keeps. */
  raw(): Uint8Array {
    this.skip();
    return this.lastField();
  }

  /** The field just read, with its tag. */
  lastField(): Uint8Array {
    this.#count(1);
    return this.since(this.#fieldStart);
  }

  /** The bytes from an earlier offset to here. */
  since(start: number): Uint8Array {
    return this.between(start, this.#at);
  }

  between(start: number, end: number): Uint8Array {
    if (this.#source.stable) return this.#window.subarray(start, end);
    return this.#copy(start, end - start);
  }

  /** An integer below 2^53: lengths, enums. Larger ones are refused. */
  uint(): number {
    this.#expect(Wire.varint);
    return this.#unsigned();
  }

  /** An int64: a number, or a bigint beyond ±2^53. */
  int(): number | bigint {
    this.#expect(Wire.varint);
    return this.#signed();
  }

  /** Appends the elements of a repeated int64, packed or not. */
  intsInto(list: (number | bigint)[]): void {
    this.#listInto(list, Wire.varint, () => this.#signed());
  }

  float(): number {
    this.#expect(Wire.fixed32);
    return this.#float();
  }

  floatsInto(list: number[]): void {
    this.#listInto(list, Wire.fixed32, () => this.#float());
  }

  /** The bytes of a single fixed32 (4) or fixed64 (8). */
  fixed(width: 4 | 8): Uint8Array {
    this.#expect(width === 4 ? Wire.fixed32 : Wire.fixed64);
    const start = this.#at;
    this.#advance(width);
    return this.since(start);
  }

  text(): string {
    const start = this.#at;
    const bytes = this.bytes();
    try {
      return utf8.decode(bytes);
    } catch {
      return this.fail('model.bad-text', 'a name is not valid UTF-8', start);
    }
  }

  /** A length-delimited value: a view in memory, a copy from a file. */
  bytes(): Uint8Array {
    const length = this.#lengthOfBytes();
    const start = this.#at;
    this.#advance(length);
    return this.since(start);
  }

  /** A length-delimited value, left in the file (and skipped) when it is longer than `limit` and the source is not in memory. */
  payload(limit: number): Uint8Array | StoredRange {
    const length = this.#lengthOfBytes();
    const offset = this.#at;
    this.#advance(length);
    return this.#source.stable || length <= limit ? this.since(offset) : { offset, length };
  }

  load(range: StoredRange): Uint8Array {
    return this.#copy(range.offset, range.length);
  }

  /** Reads an embedded message: `read` sees its fields only. */
  message<T>(read: () => T, weight = 1): T {
    const length = this.#lengthOfBytes();
    const { field, wire } = this;
    const [fieldStart, outer] = [this.#fieldStart, this.#end];
    if (++this.#depth > maximumDepth) this.fail('model.too-deep', `messages are nested more than ${maximumDepth} deep`);
    this.#count(weight);
    this.#end = this.#at + length;
    const result = read();
    this.#depth--;
    this.#end = outer;
    this.#fieldStart = fieldStart;
    this.field = field;
    this.wire = wire;
    return result;
  }

  #count(weight: number): void {
    this.#parts += weight;
    if (this.#parts > maximumParts) this.fail('model.too-many', 'the file has more parts than any real model');
  }

  #expect(wire: number): void {
    if (this.wire === wire) return;
    this.fail('model.damaged', `field ${this.field} has wire type ${this.wire} where ${this.#format.name} has ${wire}`, this.#fieldStart);
  }

  #lengthOfBytes(): number {
    this.#expect(Wire.bytes);
    return this.#length();
  }

  #length(): number {
    const start = this.#at;
    const length = this.#unsigned();
    this.#checkRoom(length, start);
    return length;
  }

  #checkRoom(length: number, start: number): void {
    const left = this.#end - this.#at;
    if (length <= left) return;
    const size = this.#source.size;
    if (this.#at + length > size) {
      this.fail('model.truncated', `the file ends too early: ${length} bytes are announced here, ${size - this.#at} are left`, start);
    }
    this.fail('model.damaged', `a part of ${length} bytes does not fit the ${left} bytes left of the part around it`, start);
  }

  #advance(count: number): void {
    this.#checkRoom(count, this.#at);
    this.#at += count;
  }

  #listInto<T>(list: T[], wire: number, read: () => T): void {
    if (this.wire === Wire.bytes && wire !== Wire.bytes) {
      const length = this.#length();
      const end = this.#at + length;
      const outer = this.#end;
      this.#end = end;
      while (this.#at < end) list.push(this.#bounded(list, read()));
      this.#end = outer;
    } else {
      this.#expect(wire);
      list.push(this.#bounded(list, read()));
    }
  }

  #bounded<T>(list: T[], element: T): T {
    if (list.length >= maximumListLength) this.fail('model.too-many', `a list has more than ${maximumListLength} elements`);
    return element;
  }

  #byte(): number {
    if (this.#at >= this.#end) {
      if (this.#end < this.#source.size) this.fail('model.damaged', 'a number runs past the end of the part it belongs to');
      this.fail('model.truncated', 'the file ends in the middle of a number');
    }
    let index = this.#at - this.#base;
    if (index < 0 || index >= this.#window.length) {
      this.#fill(this.#at);
      index = 0;
    }
    this.#at++;
    return this.#window[index]!;
  }

  #fill(offset: number): void {
    const continues = offset === this.#base + this.#window.length;
    this.#ahead = continues ? Math.min(this.#ahead * 2, largestWindow) : smallestWindow;
    this.#window = this.#source.read(offset, this.#ahead);
    this.#base = offset;
    if (this.#window.length === 0) this.fail('model.truncated', 'the file became shorter while it was read', offset);
  }

  #copy(offset: number, length: number): Uint8Array {
    const index = offset - this.#base;
    if (index >= 0 && index + length <= this.#window.length) return this.#window.slice(index, index + length);
    const out = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const piece = this.#source.read(offset + done, length - done);
      if (piece.length === 0) this.fail('model.truncated', 'the file became shorter while it was read', offset + done);
      out.set(piece, done);
      done += piece.length;
    }
    // The source may have reused the window's memory.
    this.#window = new Uint8Array(0);
    return out;
  }

  #skipVarint(): void {
    const start = this.#at;
    for (let i = 0; i < 10; i++) if (this.#byte() < 0x80) return;
    this.fail('model.damaged', 'a number is longer than 10 bytes', start);
  }

  #unsigned(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const start = this.#at - 1;
    let value = first & 0x7f;
    let scale = 128;
    for (let i = 1; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) this.fail('model.damaged', 'a number does not fit 53 bits', start);
        return value;
      }
      scale *= 128;
    }
    return this.fail('model.damaged', 'a number is longer than 10 bytes', start);
  }

  #signed(): number | bigint {
    const start = this.#at;
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >> 4;
      } else if (i < 9) high |= bits << (7 * i - 32);
      else high |= (bits & 1) << 31;
      if (byte < 0x80) return joinWords(low >>> 0, high | 0);
    }
    return this.fail('model.damaged', 'a number is longer than 10 bytes', start);
  }

  #float(): number {
    for (let i = 0; i < 4; i++) floatBytes[i] = this.#byte();
    return floatView.getFloat32(0, true);
  }
}

const floatBytes = new Uint8Array(4);
const floatView = new DataView(floatBytes.buffer);

/** A 64-bit two's complement number from its words. */
function joinWords(low: number, high: number): number | bigint {
  const value = high * 4294967296 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
}
