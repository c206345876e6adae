import type { InputChoice, InputPreset } from '../../src/protocol/webview.ts';

export interface Fields {
  color: InputChoice['color'];
  scale: string;
  mean: string;
  std: string;
  fit: InputChoice['fit'];
}

export const fieldsOf = (choice: InputChoice): Fields => ({ ...choice, mean: choice.mean.join(', '), std: choice.std.join(', ') });

/** Mean and std of a preset are in RGB order; a model that takes BGR wants them the other way round. */
export function applyPreset(fields: Fields, { choice }: InputPreset): Fields {
  const ordered = (values: number[]): number[] => {
    if (fields.color === 'gray' && values.length === 3) return [average(values)];
    return fields.color === 'bgr' ? values.toReversed() : values;
  };
  return { ...fields, scale: choice.scale, mean: ordered(choice.mean).join(', '), std: ordered(choice.std).join(', ') };
}

/** The choice that the fields describe, or what is wrong with them by field. */
export function readFields(fields: Fields): { choice: InputChoice } | { wrong: Partial<Record<keyof Fields, string>> } {
  const channels = fields.color === 'gray' ? 1 : 3;
  const wrong: Partial<Record<keyof Fields, string>> = {};
  const scale = fraction(fields.scale);
  if (scale === undefined) wrong.scale = 'A number or a fraction: 1/255.';
  const mean = list(fields.mean);
  const std = list(fields.std);
  const counts = `One number, or ${channels} separated by commas.`;
  if (!mean || (mean.length !== 1 && mean.length !== channels)) wrong.mean = counts;
  if (!std || (std.length !== 1 && std.length !== channels)) wrong.std = counts;
  else if (std.includes(0)) wrong.std = 'Not 0: values are divided by it.';
  if (!mean || !std || Object.keys(wrong).length) return { wrong };
  return { choice: { color: fields.color, scale: fields.scale.trim(), mean, std, fit: fields.fit } };
}

/** (x · scale - mean) / std for one channel. */
export function normalized(sample: number, choice: InputChoice, channel: number): number {
  const of = (values: number[]): number => values[values.length === 1 ? 0 : channel] ?? 0;
  return (sample * (fraction(choice.scale) ?? 1) - of(choice.mean)) / of(choice.std);
}

function fraction(text: string): number | undefined {
  const match = /^\s*(-?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(?:\/\s*(\d+(?:\.\d+)?)\s*)?$/i.exec(text);
  if (!match) return undefined;
  const value = Number(match[1]) / Number(match[2] ?? 1);
  return Number.isFinite(value) ? value : undefined;
}

function list(text: string): number[] | undefined {
  const values = text.split(',').map((part) => fraction(part));
  return values.every((value) => value !== undefined) ? values : undefined;
}

const average = (values: number[]): number => Number((values.reduce((sum, value) => sum + value, 0) / values.length).toPrecision(3));
