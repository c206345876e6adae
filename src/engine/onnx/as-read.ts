/**
 * The exact bytes that a value info, attribute, tensor or function was read from, kept beside the object and not in it: these
 * objects never change, so the bytes stay true, and a copy with changes (`{ ...input, type }`) is another object without any.
 */
const messages = new WeakMap<object, Uint8Array>();

export function rememberMessage(part: object, message: Uint8Array): void {
  messages.set(part, message);
}

export const rememberedMessage = (part: object): Uint8Array | undefined => messages.get(part);

/** Gives a changed copy the bytes of its original, where whoever writes it replaces what changed. */
export function carryMessage<T extends object>(from: object, to: T): T {
  const message = messages.get(from);
  if (message) messages.set(to, message);
  return to;
}
