import { LatheError } from '../base/errors.ts';
import type { XirAttribute, XirOp } from './graph.ts';

/** The attributes of an op by the kind they must have. Without a fallback a missing one is an error `xir.attribute`, as is one of another kind. */
export class OpAttributes {
  constructor(private readonly op: XirOp) {}

  integer(name: string, fallback?: number): number {
    return this.#read(name, 'int32', fallback);
  }

  /** Stored as float32. */
  real(name: string): number {
    return this.#read(name, 'float', undefined);
  }

  boolean(name: string, fallback?: boolean): boolean {
    return this.#read(name, 'bool', fallback);
  }

  text(name: string): string {
    return this.#read(name, 'string', undefined);
  }

  integers(name: string, fallback?: readonly number[]): readonly number[] {
    return this.#read(name, 'int32_vec', fallback);
  }

  reals(name: string, fallback?: readonly number[]): readonly number[] {
    return this.#read(name, 'float_vec', fallback);
  }

  bytes(name: string): Uint8Array {
    const value = this.#read(name, 'bytes', undefined);
    if (value instanceof Uint8Array) return value;
    throw new LatheError('xir.attribute', `${this.#what(name)} was left in the file: the graph was read without its constants`);
  }

  #read<K extends XirAttribute['kind']>(name: string, kind: K, fallback: Value<K> | undefined): Value<K> {
    const found = this.op.attributes.get(name);
    if (!found && fallback !== undefined) return fallback;
    if (found?.kind === kind) return found.value as Value<K>;
    const wrong = found ? `is of the kind ${found.kind}, not ${kind}` : 'is missing';
    throw new LatheError('xir.attribute', `${this.#what(name)} ${wrong}`, { node: this.op.name });
  }

  #what(name: string): string {
    return `attribute ${JSON.stringify(name)} of the ${this.op.type}`;
  }
}

type Value<K> = Extract<XirAttribute, { kind: K }>['value'];
