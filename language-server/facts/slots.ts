import { isDeepStrictEqual } from 'node:util';
import type { Known } from '../../src/engine/recipe/facts/types.ts';
import type { Stamps } from './jobs.ts';
import { areFresh } from './stamps.ts';

/** Something that was read, or why not. */
export interface Reading<Value> {
  readonly known: Known<Value>;
  /** Files that it came from. */
  readonly stamps: Stamps;
}

export interface SlotsOptions<Value> {
  /** `tell`: what is known earlier than the rest. Never rejects. */
  read(key: string, tell: (value: Value) => void): Promise<Reading<Value>>;
  /** Something else is known of `key` than before. */
  changed(key: string): void;
  /** So many are kept; what was asked for least lately goes. */
  readonly most: number;
}

interface Slot<Value> extends Reading<Value> {
  readonly isReading: boolean;
  /** It has changed while it was read. */
  readonly again: boolean;
}

/** What is known by key: answers at once, reads in the background, and again when told or when files look otherwise. */
export class Slots<Value> {
  readonly #slots = new Map<string, Slot<Value>>();

  constructor(private readonly options: SlotsOptions<Value>) {}

  /** Asking is what makes it read. The last value stands while it is read again. */
  get(key: string): Known<Value> {
    const slot = this.#slots.get(key);
    if (slot) {
      // The order of a map is that of use.
      this.#slots.delete(key);
      this.#slots.set(key, slot);
      return slot.known;
    }
    this.#slots.set(key, { known: { state: 'reading' }, stamps: {}, isReading: false, again: false });
    this.#forget();
    this.#read(key);
    return { state: 'reading' };
  }

  /** What is known, without asking for it. */
  peek(key: string): Known<Value> | undefined {
    return this.#slots.get(key)?.known;
  }

  keys(): string[] {
    return [...this.#slots.keys()];
  }

  /** Reads again what these files have to do with. */
  reread(concerns: (key: string, stamps: Stamps) => boolean): void {
    for (const [key, slot] of [...this.#slots]) if (concerns(key, slot.stamps)) this.#read(key);
  }

  /** Reads again what came from files that look otherwise now. */
  async check(): Promise<void> {
    for (const [key, slot] of [...this.#slots]) {
      if (!slot.isReading && !(await areFresh(slot.stamps)) && this.#slots.get(key)?.stamps === slot.stamps) this.#read(key);
    }
  }

  #forget(): void {
    for (const key of this.#slots.keys()) {
      if (this.#slots.size <= this.options.most) return;
      this.#slots.delete(key);
    }
  }

  #read(key: string): void {
    const slot = this.#slots.get(key);
    if (!slot) return;
    if (slot.isReading) {
      this.#slots.set(key, { ...slot, again: true });
      return;
    }
    this.#slots.set(key, { ...slot, isReading: true, again: false });
    const tell = (value: Value): void => this.#update(key, { known: { state: 'known', value } });
    void this.options.read(key, tell).then((reading) => {
      const again = this.#slots.get(key)?.again === true;
      this.#update(key, { ...reading, isReading: false });
      if (again) this.#read(key);
    });
  }

  #update(key: string, change: Partial<Slot<Value>>): void {
    const slot = this.#slots.get(key);
    if (!slot) return; // nobody has asked for it for long
    const isSame = change.known === undefined || isDeepStrictEqual(change.known, slot.known);
    this.#slots.set(key, { ...slot, ...change, ...(isSame ? { known: slot.known } : {}) });
    if (!isSame) this.options.changed(key);
  }
}
