/** Something whose state belongs into a checkpoint: training goes on from it bit for bit. */
export interface Checkpoint {
  /** Arrays by name, as they are now; not copied. */
  state(): Readonly<Record<string, Float32Array>>;
  /** Takes over what `state` gave. Throws RangeError where names or lengths differ. */
  restore(state: Readonly<Record<string, Float32Array>>): void;
}

/** Copies each array of `from` into the one of the same name. */
export function restoreInto(to: Readonly<Record<string, Float32Array>>, from: Readonly<Record<string, Float32Array>>): void {
  for (const [name, array] of Object.entries(to)) {
    const saved = from[name];
    if (saved?.length !== array.length)
      throw new RangeError(`a checkpoint has ${saved?.length ?? 'no'} values of ${name}; expected ${array.length}`);
    array.set(saved);
  }
}
