/** Values of JSON that anyone may have written: only what is of the right kind is taken. */

export type Fields = Readonly<Record<string, unknown>>;

const longestText = 400;

export const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

export const list = (value: unknown, most: number): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]).slice(0, most) : []);

/** A finite number that is not negative. */
export const amount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

export const text = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || value === '') return undefined;
  return value.length > longestText ? `${value.slice(0, longestText - 1)}…` : value;
};
