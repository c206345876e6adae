import os from 'node:os';
import { readFileSync } from 'node:fs';
import type { StepDeclaration } from '../../engine/base/declaration.ts';
import { steps } from '../../engine/recipe/steps.ts';
import { findTarget, targets } from '../../engine/targets/index.ts';
import { pruningChoices } from './pruning-choices.ts';
import { trainingChoices } from './training-choices.ts';

export interface TargetChoice {
  /** Remembered as the last choice; not always a target's name. */
  id: string;
  label: string;
  detail: string;
  /** Name of a target. */
  target: string;
}

export interface RecipeStep {
  name: string;
  settings: Record<string, unknown>;
}

export interface MethodChoice {
  id: string;
  label: string;
  detail: string;
  /** One entry of the recipe's `steps`. */
  step: RecipeStep;
  /** The same for a job without pictures, where there is such a thing. */
  stepWithoutPictures?: RecipeStep;
  /** Pictures that the method cannot do without. */
  pictures: boolean;
  /** Pictures are learned from: all of them, but for a part that choices look at. */
  learns?: boolean;
  /** Pictures must say what is to be seen. */
  labels?: boolean;
  /** What is asked for beside target, method and pictures. */
  asks?: readonly ('teacher' | 'epochs')[];
  /** How far it is to go is asked with a preview of what is left. */
  prunes?: boolean;
  /** False: only write the recipe and open it. */
  runs: boolean;
}

/** Boards first, then this computer, other processors, and the choice without a machine in mind; the last choice before all. */
export function targetChoices(last: string | undefined): TargetChoice[] {
  const processor = (name: string): boolean => name === 'cpu' || name.startsWith('cpu-');
  const here = findTarget(nativeTarget()) ?? targets[0];
  const choice = ({ name, title, summary }: { name: string; title: string; summary: string }): TargetChoice => ({
    id: name,
    label: title,
    detail: summary,
    target: name,
  });
  const boards = targets.filter(({ name }) => !processor(name)).map(choice);
  const others = targets.filter(({ name }) => processor(name) && name !== 'cpu' && name !== here?.name).map(choice);
  const own = here ? [{ id: 'here', label: "This computer's CPU", detail: here.summary, target: here.name }] : [];
  const any = findTarget('cpu');
  const smaller = any
    ? [{ id: 'smaller', label: 'Just smaller', detail: 'No machine in mind: a file that is right on every CPU.', target: 'cpu' }]
    : [];
  return lastFirst([...boards, ...own, ...others, ...smaller], last);
}

/**
 * What the recipe's registry of steps can run, one line each on what it needs and brings: automatic first; then the recipe as text.
 * Without what the target, by name, cannot run.
 */
export function methodChoices(last: string | undefined, target?: string): MethodChoice[] {
  const all = inOrder(steps).flatMap((step) => variants[step.name] ?? [plainVariant(step)]);
  const runnable = all.filter(({ step }) => runsOn(step, target));
  const automatic = runnable.filter(({ step }) => step.name === 'auto');
  const others = runnable.filter(({ step }) => step.name !== 'auto');
  return [...automatic, ...lastFirst(others, last), editRecipe];
}

const weightsOnly: RecipeStep = { name: 'quantize', settings: { method: 'weight-only', weights: 8 } };
const toEightBits: RecipeStep = { name: 'quantize', settings: { weights: 8, activations: 8 } };

/** Below 8 bits nearest rounding costs points that rounding by layer mostly brings back. */
const toFourBits: RecipeStep = {
  name: 'quantize',
  settings: { weights: 4, activations: 8, round: 'layer', calibrate: 'mse', storage: 'packed' },
};

/** Ways to use a step that deserve a line of their own. A step without an entry is offered once, with its defaults. */
const variants: Readonly<Record<string, readonly MethodChoice[]>> = {
  ...trainingChoices,
  ...pruningChoices,
  auto: [
    {
      id: 'auto',
      label: 'Automatic',
      detail: 'Keeps the loss below 1 point, tries the cheap things first. Needs pictures, best labelled.',
      step: { name: 'auto', settings: { drop: 1, time: '10m' } },
      stepWithoutPictures: weightsOnly,
      pictures: true,
      runs: true,
    },
  ],
  quantize: [
    {
      id: 'quantize',
      label: 'Quantize (PTQ)',
      detail: 'About 100 pictures without labels, seconds. A quarter of the size, integer arithmetic.',
      step: toEightBits,
      stepWithoutPictures: weightsOnly,
      pictures: true,
      runs: true,
    },
    {
      id: 'quantize-4',
      label: 'Quantize (PTQ), weights in 4 bits',
      detail: 'About 100 pictures, up to a minute: rounded by layer. An eighth of the size in the file.',
      step: toFourBits,
      stepWithoutPictures: { ...weightsOnly, settings: { ...weightsOnly.settings, weights: 4, storage: 'packed' } },
      pictures: true,
      runs: true,
    },
    {
      id: 'weight-only',
      label: 'Quantize weights only',
      detail: 'No pictures, seconds. A quarter of the size, arithmetic stays in float.',
      step: weightsOnly,
      stepWithoutPictures: weightsOnly,
      pictures: false,
      runs: true,
    },
  ],
};

const editRecipe: MethodChoice = {
  id: 'edit',
  label: 'Edit a recipe',
  detail: 'Writes the recipe, opens it as text and runs nothing yet.',
  step: toEightBits,
  stepWithoutPictures: weightsOnly,
  pictures: false,
  runs: false,
};

/** Most used and cheapest first; steps that nobody has thought of here come last. */
const order = ['auto', 'quantize', 'qat', 'prune', 'cluster', 'fit', 'distill', 'train'];
const inOrder = (all: readonly StepDeclaration[]): StepDeclaration[] => [
  ...order.flatMap((name) => all.filter((step) => step.name === name)),
  ...all.filter(({ name, chained }) => !order.includes(name) && !chained),
];

function runsOn({ name, settings }: RecipeStep, target: string | undefined): boolean {
  // What a target cannot compute it cannot compute after training either.
  const limits = (target === undefined ? undefined : findTarget(target))?.settings[name === 'qat' ? 'quantize' : name] ?? {};
  return Object.entries(settings).every(([key, value]) => limits[key]?.allowed?.includes(value) ?? true);
}

function plainVariant({ name, summary, needs, parameters }: StepDeclaration): MethodChoice {
  const step = { name, settings: {} };
  const label = name.charAt(0).toUpperCase() + name.slice(1);
  const needed = needs?.({}) ?? [];
  const trains = 'epochs' in parameters.properties;
  const training = trains ? { learns: true, labels: needed.includes('train'), asks: ['epochs'] as const } : { stepWithoutPictures: step };
  return { id: name, label, detail: summary, step, pictures: trains || needed.length > 0, runs: true, ...training };
}

function lastFirst<Choice extends { id: string }>(choices: Choice[], last: string | undefined): Choice[] {
  return [...choices.filter(({ id }) => id === last), ...choices.filter(({ id }) => id !== last)];
}

/** The target whose limits fit this machine; `cpu`, which is right everywhere, where that can't be told. */
function nativeTarget(): string {
  if (os.arch() === 'arm64') return 'cpu-arm64';
  return os.arch() === 'x64' && hasVnni() ? 'cpu-x64-vnni' : 'cpu';
}

function hasVnni(): boolean {
  if (process.platform !== 'linux') return false; // other systems tell only by native code
  try {
    return /\b(avx512_vnni|avx_vnni)\b/.test(readFileSync('/proc/cpuinfo', 'utf8').slice(0, 20_000));
  } catch {
    return false; // /proc may be closed in a container: then the careful choice
  }
}
