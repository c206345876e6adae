/**
 * The exact bytes that a value info, attribute, tensor or function was read from, kept beside the object and not in it: these
 * objects never change, so the bytes stay true, and a copy with changes (`{ ...input, type }`) is another object without any.
 */
const messages = new WeakMap<object, Uint8Array>();

export function rememberMessage(part: object, message: Uint8Array): void {
  messages.set(part, message);
}

export const rememberedMessage = (part: object): Uint8Array | undefined => messages.get(part);
