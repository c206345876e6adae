/**
 * Checks of what crosses from a view to the extension: a page shows what a file says, so nothing that comes from it is taken on trust. As small as what
 * messages need; the types hold checks and messages together.
 */
export type Check<T> = (value: unknown) => value is T;

/** Longer texts and lists are refused before anything is done with them. */
const longestText = 4096;
const longestList = 1_000_000;

export const nothing: Check<null> = (value) => value === null;

/** A place in a list, or an id. */
export const index: Check<number> = (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

export const finite: Check<number> = (value): value is number => Number.isFinite(value);

/** `longest` in UTF-16 units. */
export const text =
  (longest = longestText): Check<string> =>
  (value): value is string =>
    typeof value === 'string' && value.length <= longest;

/** At most `longest` bytes. */
export const bytes =
  (longest: number): Check<Uint8Array> =>
  (value): value is Uint8Array =>
    value instanceof Uint8Array && value.byteLength <= longest;

export const oneOf =
  <const T extends string>(...all: readonly T[]): Check<T> =>
  (value): value is T =>
    (all as readonly unknown[]).includes(value);

/** The same value, whatever it is. */
export const exactly =
  <const T extends string | number | boolean | null>(wanted: T): Check<T> =>
  (value): value is T =>
    value === wanted;

export const either =
  <A, B>(one: Check<A>, other: Check<B>): Check<A | B> =>
  (value): value is A | B =>
    one(value) || other(value);

export const list =
  <T>(each: Check<T>, longest = longestList): Check<T[]> =>
  (value): value is T[] =>
    Array.isArray(value) && value.length <= longest && value.every(each);

/** An object with these; others in it do no harm. */
export const fields =
  <T extends object>(checks: { [K in keyof T]-?: Check<T[K]> | Check<NonNullable<T[K]>> }): Check<T> =>
  (value): value is T =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries<Check<unknown>>(checks as Record<string, Check<unknown>>).every(([key, check]) =>
      check((value as Record<string, unknown>)[key]),
    );

/** May be left out. */
export const optional =
  <T>(check: Check<T>): Check<T> =>
  (value): value is T =>
    value === undefined || check(value);

/** Plain data that is small as JSON: what a view wants to be remembered. */
export const small =
  (longest: number): Check<object> =>
  (value): value is object => {
    try {
      return typeof value === 'object' && value !== null && JSON.stringify(value).length <= longest;
    } catch {
      return false; // not plain: it holds itself
    }
  };
