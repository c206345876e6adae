/** Values of JSON and texts that a board has sent: only what is of the right kind is taken, texts are cut and show what they hold. */

type Fields = Readonly<Record<string, unknown>>;

export const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** A finite number that is not negative. */
export const amount = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

export const whole = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? (value as number) : undefined);

const longest = 300;

/** Control characters and those that turn the direction of writing as their codes. */
export const shown = (text: string, most = longest): string => {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return cut.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
};

export const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? shown(value) : undefined);
