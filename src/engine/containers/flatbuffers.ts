import { LatheError } from '../base/errors.ts';

/** Tables and elements of lists in all: more than any real file has. */
const mostParts = 4_000_000;
const longestText = 1 << 20;

/** Reads tables of FlatBuffers by field number. Every offset is checked; errors are LatheError `container.damaged` with the byte offset. */
export class FlatTable {
  readonly #fields: number;
  readonly #count: number;

  private constructor(
    private readonly view: DataView,
    private readonly at: number,
    private readonly file: string | undefined,
    /** Shared by all tables of a file: offsets may lead to the same table many times. */
    private readonly budget: { left: number },
  ) {
    if (--budget.left < 0) this.#fail('it has more parts than any real model', at);
    this.#check(at, 4);
    this.#fields = at - view.getInt32(at, true);
    this.#check(this.#fields, 4);
    this.#count = Math.max(0, (view.getUint16(this.#fields, true) - 4) >> 1);
    this.#check(this.#fields, 4 + 2 * this.#count);
  }

  /** The table that a file begins with. */
  static root(bytes: Uint8Array, file?: string): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (view.byteLength < 8) throw new LatheError('container.damaged', 'the file ends before its first table', { file });
    return new FlatTable(view, view.getUint32(0, true), file, { left: mostParts });
  }

  int32(field: number): number {
    const at = this.#place(field, 4);
    return at === undefined ? 0 : this.view.getInt32(at, true);
  }

  uint8(field: number): number {
    const at = this.#place(field, 1);
    return at === undefined ? 0 : this.view.getUint8(at);
  }

  int64(field: number): number {
    const at = this.#place(field, 8);
    return at === undefined ? 0 : Number(this.view.getBigInt64(at, true));
  }

  text(field: number): string {
    const at = this.#follow(field);
    return at === undefined ? '' : this.#textAt(at);
  }

  table(field: number): FlatTable | undefined {
    const at = this.#follow(field);
    return at === undefined ? undefined : new FlatTable(this.view, at, this.file, this.budget);
  }

  tables(field: number): FlatTable[] {
    return this.#elements(field, 4).map((at) => new FlatTable(this.view, at + this.#offset(at), this.file, this.budget));
  }

  texts(field: number): string[] {
    return this.#elements(field, 4).map((at) => this.#textAt(at + this.#offset(at)));
  }

  int64s(field: number): number[] {
    return this.#elements(field, 8).map((at) => Number(this.view.getBigInt64(at, true)));
  }

  /** Number of elements of a list of so many bytes each; they are not read. */
  length(field: number, width: number): number {
    const at = this.#follow(field);
    if (at === undefined) return 0;
    this.#check(at, 4);
    const count = this.view.getUint32(at, true);
    this.#check(at + 4, count * width);
    return count;
  }

  #elements(field: number, width: number): number[] {
    const count = this.length(field, width);
    this.budget.left -= count;
    if (this.budget.left < 0) this.#fail('it has more parts than any real model', this.at);
    const first = count ? this.#follow(field)! + 4 : 0;
    return Array.from({ length: count }, (_, i) => first + i * width);
  }

  #textAt(at: number): string {
    this.#check(at, 4);
    const length = this.view.getUint32(at, true);
    this.#check(at + 4, length);
    if (length > longestText) this.#fail(`a name has ${length} bytes`, at);
    return new TextDecoder().decode(new Uint8Array(this.view.buffer, this.view.byteOffset + at + 4, length));
  }

  /** Where the field's value lies; undefined where the table does not have it. */
  #place(field: number, width: number): number | undefined {
    const offset = field < this.#count ? this.view.getUint16(this.#fields + 4 + 2 * field, true) : 0;
    if (offset === 0) return undefined;
    this.#check(this.at + offset, width);
    return this.at + offset;
  }

  #follow(field: number): number | undefined {
    const at = this.#place(field, 4);
    return at === undefined ? undefined : at + this.#offset(at);
  }

  #offset(at: number): number {
    return this.view.getUint32(at, true);
  }

  #check(at: number, length: number): void {
    if (at < 0 || at + length > this.view.byteLength) this.#fail('a part of it lies outside of the file', at);
  }

  #fail(message: string, offset: number): never {
    throw new LatheError('container.damaged', message, { file: this.file, offset: Math.max(0, offset) });
  }
}
