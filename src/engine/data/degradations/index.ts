import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import { Default } from '@sinclair/typebox/value';
import { LatheError } from '../../base/errors.ts';
import { seededRandom, type Random } from '../../base/random.ts';
import type { Picture } from '../types.ts';
import { blur } from './blur.ts';
import { darken } from './darken.ts';
import type { DegradationMethod, Drawn } from './degradation.ts';
import { jpeg } from './jpeg.ts';
import { noise } from './noise.ts';
import { poisson } from './poisson.ts';

/** Every degradation, in the order of the reference. */
export const degradations: readonly DegradationMethod[] = [darken, noise, poisson, blur, jpeg] as readonly DegradationMethod[];

/** An entry of `degrade` as written: `{ noise: { sigma: 25 } }`, `{ blur: 1.5 }`. */
export type Degradation = Readonly<Record<string, unknown>>;

const closed = { additionalProperties: false };

const probability = Type.Optional(
  Type.Number({ minimum: 0, maximum: 1, default: 1, description: 'How often it is done to a picture; the others stay as they are.' }),
);

const mapOf = ({ parameters, summary }: DegradationMethod): TObject =>
  Type.Object({ ...parameters.properties, probability }, { ...closed, description: summary });

/** A map of the settings, or the one that may stand alone. */
function settingsOf(method: DegradationMethod): TSchema {
  const { alone, parameters, summary } = method;
  if (alone === undefined) return mapOf(method);
  const short = parameters.properties[alone] as TSchema;
  return Type.Union([...(short['anyOf'] as TSchema[]), mapOf(method)], {
    description: `${summary} A number or a range alone is its ${alone}.`,
    ...(short['examples'] ? { examples: short['examples'] as unknown[] } : {}),
  });
}

/** Declaration of one entry, by its key. */
export const degradationEntries: readonly TObject[] = degradations.map((method) =>
  Type.Object({ [method.name]: settingsOf(method) }, closed),
);

/** A degradation with all its settings, ranges not yet drawn. */
export interface DegradationStep {
  readonly method: DegradationMethod;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly probability: number;
}

/** What an entry asks for, defaults filled in. Throws `data.degrade` for a name that is none. */
export function degradationStep(name: string, written: unknown): DegradationStep {
  const method = degradations.find((candidate) => candidate.name === name);
  if (!method)
    throw new LatheError('data.degrade', `there is no degradation ${JSON.stringify(name)}`, {
      hint: `There are ${degradations.map((one) => one.name).join(', ')}.`,
    });
  const isMap = typeof written === 'object' && written !== null && !Array.isArray(written);
  const given = isMap || method.alone === undefined ? (written ?? {}) : { [method.alone]: written };
  const { probability: often, ...settings } = Default(mapOf(method), structuredClone(given)) as Record<string, unknown>;
  return { method, settings, probability: often as number };
}

/** The steps of a list of entries, in its order. */
export const degradationSteps = (entries: readonly Degradation[]): DegradationStep[] =>
  entries.flatMap((entry) => Object.entries(entry).map(([name, written]) => degradationStep(name, written)));

/** Draws once how a step changes a picture, and returns that change: the same each time it is called. Numbers that are no ranges draw nothing. */
export function drawDegradation(
  { method, settings, probability: often }: DegradationStep,
  random: Random,
  stream: () => Random,
): (picture: Picture) => Picture | Promise<Picture> {
  if (often < 1 && random.next() >= often) return (picture) => picture;
  const settled = Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, Array.isArray(value) ? between(value as [number, number], random) : value]),
  );
  return (picture) => method.apply(picture, settled, stream());
}

function between(range: Exclude<Drawn, number>, random: Random): number {
  const [least, most] = [Math.min(...range), Math.max(...range)];
  return least + (most - least) * random.next();
}

/** Makes a worse picture from a clean one, step by step. What is random follows from `seed` and `id` alone. */
export async function degrade(picture: Picture, entries: readonly Degradation[], seed: number, id: string): Promise<Picture> {
  let result = picture;
  for (const [i, step] of degradationSteps(entries).entries()) {
    const place = `${step.method.name}:${i}:${id}`;
    const change = drawDegradation(step, seededRandom(seed, `draw ${place}`), () => seededRandom(seed, place));
    result = await change(result);
  }
  return result;
}
