/**
 * Names that a pickle would import when it is loaded ("module.name"), read without running anything: the opcodes GLOBAL and
 * STACK_GLOBAL (Python 3.13, Lib/pickletools.py). What cannot be followed counts as unknown: `complete` is false then.
 */
export interface PickleGlobals {
  readonly names: readonly string[];
  readonly complete: boolean;
  /** Bytes that were read: another pickle may follow. */
  readonly length: number;
}

const code = (letter: string): number => letter.charCodeAt(0);

/** Bytes of the argument that follows the opcode, where it is of fixed length. */
const fixed: Readonly<Record<number, number>> = {
  [code('K')]: 1, [code('M')]: 2, [code('J')]: 4, [code('G')]: 8, [code('q')]: 1, [code('r')]: 4, [code('h')]: 1, [code('j')]: 4,
  [0x80]: 1, [0x82]: 1, [0x83]: 2, [0x84]: 4, [0x95]: 8,
}; // prettier-ignore

/** Bytes of the length that comes before the argument. */
const counted: Readonly<Record<number, number>> = {
  [code('T')]: 4, [code('U')]: 1, [code('X')]: 4, [code('B')]: 4, [code('C')]: 1, [0x8a]: 1, [0x8b]: 4, [0x8c]: 1, [0x8d]: 8,
  [0x8e]: 8, [0x96]: 8,
}; // prettier-ignore

/** Arguments that end with a line. */
const lines = new Set([...'ILSVFgpP'].map(code));

/** No argument. */
const bare = new Set(
  [...'(.0123NabdeltsuoR}])QO'].map(code).concat([0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x92, 0x94, 0x97, 0x98]),
);

const strings = new Set([code('U'), code('X'), code('T'), code('V'), code('S'), 0x8c, 0x8d]);
const memoize = 0x94;
const stackGlobal = 0x93;

/** A pickle of a state dict names a handful; one that names millions is none. */
const mostNames = 10_000;

/** Reads one pickle from the start of the bytes. */
export function pickleGlobals(bytes: Uint8Array): PickleGlobals {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const names = new Set<string>();
  const memo: (string | undefined)[] = [];
  /** The last strings put on the stack, from which STACK_GLOBAL takes module and name. */
  let recent: string[] = [];
  let at = 0;
  const text = (from: number, to: number): string => new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + 1024)));
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    const found = text(at, end < 0 ? bytes.length : end);
    at = end < 0 ? bytes.length : end + 1;
    return found;
  };
  const result = (complete: boolean): PickleGlobals => ({ names: [...names], complete, length: at });
  while (at < bytes.length && names.size < mostNames) {
    const op = bytes[at++]!;
    if (op === code('.')) return result(true);
    if (op === code('c') || op === code('i')) {
      names.add(`${line()}.${line()}`);
    } else if (op === stackGlobal) {
      if (recent.length < 2) return result(false);
      names.add(recent.slice(-2).join('.'));
    } else if (op === memoize) {
      memo.push(recent[recent.length - 1]);
    } else if (op in fixed) {
      const size = fixed[op]!;
      if (at + size > bytes.length) return result(false);
      if (op === code('q')) memo[bytes[at]!] = recent[recent.length - 1];
      if (op === code('h')) recent = pushed(recent, memo[bytes[at]!]);
      if (op === code('j')) recent = pushed(recent, memo[view.getUint32(at, true)]);
      at += size;
    } else if (op in counted) {
      const size = counted[op]!;
      if (at + size > bytes.length) return result(false);
      const length = size === 1 ? bytes[at]! : size === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
      at += size;
      if (length > bytes.length - at) return result(false);
      if (strings.has(op)) recent = pushed(recent, text(at, at + length));
      at += length;
    } else if (lines.has(op)) {
      const found = line();
      if (strings.has(op)) recent = pushed(recent, found.replace(/^['"]|['"]$/g, ''));
    } else if (!bare.has(op)) {
      return result(false);
    }
  }
  return result(false);
}

const pushed = (recent: readonly string[], text: string | undefined): string[] => [...recent.slice(-1), text ?? '?'];
