/** One JSON text for machines: numbers that are not finite become "inf", "-inf" or "nan" (cli.md). Keys stay in their order. */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'number' && !Number.isFinite(item) ? nonFinite(item) : item), indent);
}

const nonFinite = (value: number): string => (Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf');
