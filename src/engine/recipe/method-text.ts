import type { TSchema } from '@sinclair/typebox';
import { canonicalJson } from '../base/json.ts';
import { findStep } from './steps.ts';

/** Settings of a step that are named at most; more are counted. */
const mostSettings = 6;

/**
 * What a recipe does in a line, for lists of runs: each step with its widths and what differs from the declaration's defaults,
 * "quantize weights 4, activations 8, round layer"; of several models with their names, "train of teacher". `steps` are those of a resolved recipe and `search` the search that came first, both as
 * foreign data: what is of another kind is left out.
 */
export function methodText(steps: readonly unknown[], search?: unknown): string {
  const parts = steps.flatMap((step) => stepText(step) ?? []);
  const budget = fields(fields(search)['budget']);
  if (typeof budget['kind'] === 'string') {
    parts.unshift(`search ${budget['kind']} ${valueText(budget['value'])}${budget['percent'] === true ? ' %' : ''}`);
  }
  return parts.join(' → ');
}

function stepText(value: unknown): string | undefined {
  const { step, on, settings, layers } = fields(value);
  if (typeof step !== 'string') return undefined;
  const known: Readonly<Record<string, TSchema>> = findStep(step)?.parameters.properties ?? {};
  const told = Object.entries(fields(settings)).filter(([key, one]) => {
    const schema = known[key];
    // Widths are what a reader looks for first, whether usual or not.
    return schema?.['unit'] === 'bits' || canonicalJson(one) !== canonicalJson(schema?.['default']);
  });
  const words = told.slice(0, mostSettings).map(([key, one]) => `${key} ${valueText(one)}`);
  if (told.length > mostSettings) words.push(`${told.length - mostSettings} more`);
  const own = Object.keys(fields(layers)).length;
  if (own) words.push(`${own} layer${own === 1 ? '' : 's'} of ${own === 1 ? 'its' : 'their'} own`);
  const title = typeof on === 'string' ? `${step} of ${valueText(on)}` : step;
  return [title, words.join(', ')].filter(Boolean).join(' ');
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
