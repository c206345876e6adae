import { memorySource, WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

interface Field {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** The fields of a message, each with its tag. */
export function splitFields(message: Uint8Array): Field[] {
  const reader = new WireReader(memorySource(message));
  const fields: Field[] = [];
  while (reader.next()) fields.push({ number: reader.field, bytes: reader.raw() });
  return fields;
}

/** The last value of a text field at the top of a message; "" when it has none. */
export function textField(message: Uint8Array, number: number): string {
  const reader = new WireReader(memorySource(message));
  let value = '';
  while (reader.next()) {
    if (reader.field === number) value = reader.text();
    else reader.skip();
  }
  return value;
}

/**
 * Puts the fields that were kept as read between those that are written anew, in ascending order, as every protobuf library
 * writes them: an unchanged message comes out as it went in.
 */
export class KeptFields {
  readonly #fields: readonly Field[];
  readonly #writer: WireWriter;
  #next = 0;

  /** `dropped`: numbers that the caller writes anew, whatever was kept. */
  constructor(writer: WireWriter, kept: readonly Uint8Array[], dropped: ReadonlySet<number> = new Set()) {
    this.#writer = writer;
    this.#fields = kept
      .flatMap((bytes) => splitFields(bytes))
      .filter((field) => !dropped.has(field.number))
      .sort((a, b) => a.number - b.number);
  }

  /** The place of a field that occurs once: what was kept of it is written only when there is no new value. */
  once(number: number, isPresent: boolean, write: (writer: WireWriter) => void): void {
    this.#upTo(number - 1);
    if (!isPresent) return;
    write(this.#writer);
    while (this.#fields[this.#next]?.number === number) this.#next++;
  }

  text(number: number, value: string): void {
    this.once(number, value !== '', (writer) => writer.text(number, value));
  }

  /** The place of a repeated field: what was kept of it comes behind the new ones. */
  each<T>(number: number, items: Iterable<T>, write: (item: T, writer: WireWriter) => void): void {
    this.#upTo(number - 1);
    for (const item of items) write(item, this.#writer);
  }

  /** All that is left. */
  end(): void {
    this.#upTo(Infinity);
  }

  #upTo(number: number): void {
    for (let field = this.#fields[this.#next]; field && field.number <= number; field = this.#fields[++this.#next]) {
      this.#writer.raw(field.bytes);
    }
  }
}
