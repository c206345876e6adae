import { Type } from '@sinclair/typebox';
import type { StepDeclaration } from '../base/declaration.ts';

const parameters = Type.Object({
  drop: Type.Number({
    minimum: 0,
    default: 1,
    unit: "the metric's: per cent points, dB",
    description: 'Loss allowed on the validation pictures. The first method that keeps it ends the search.',
  }),
  time: Type.Optional(
    Type.Union(
      [
        Type.Number({ exclusiveMinimum: 0 }),
        Type.String({ pattern: '^\\s*\\d+(\\.\\d+)?\\s*(s|m|h)\\s*$', description: 'A time: 90s, 10m, 1h.' }),
      ],
      {
        unit: 'seconds, or a number with s, m or h',
        description: 'No method is begun after this time; the best result so far is taken. Without it the methods run to the end.',
        examples: ['10m'],
      },
    ),
  ),
});

/** Step `auto` of a recipe and `lathe compress`: the ladder of methods, cheap first, until the loss allowed is kept. */
export const autoStep = {
  name: 'auto',
  summary: 'Tries ways to quantize from cheap to dear until the loss allowed is kept on validation pictures.',
  parameters,
  starts: ['drop'],
} satisfies StepDeclaration<typeof parameters>;

export interface AutoSettings {
  readonly drop: number;
  readonly time?: number | string;
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** "10m" as 600; a number is seconds already. Infinity when nothing is said. */
export function seconds(time: AutoSettings['time']): number {
  if (time === undefined) return Infinity;
  if (typeof time === 'number') return time;
  const unit = time.trim().at(-1)!;
  return Number.parseFloat(time) * secondsOf[unit]!;
}
