import { bytesChange, count, visible } from '../../src/protocol/format.ts';
import type { PrunableGroup, PrunedCosts } from '../../src/protocol/pruning.ts';
import type { PruningChoice, PruningGoal } from '../../src/protocol/pruning-messages.ts';

/** "50 %", "37.5 %". */
export const percent = (part: number): string => `${Number((part * 100).toFixed(1))} %`;

/** "−74 %" of what there was; "unchanged" where nothing was won. */
export function won(before: number, after: number): string {
  if (before <= 0 || after >= before) return 'unchanged';
  return `−${Number((100 * (1 - after / before)).toPrecision(2))} %`;
}

export const goalWords: Readonly<Record<PruningGoal, { label: string; slider: string; detail: string }>> = {
  channels: {
    label: 'Channels to remove',
    slider: 'Part of the channels that is removed',
    detail: 'The same part of every group, but for those that are set below.',
  },
  macs: {
    label: 'Multiply-adds to keep',
    slider: 'Part of the multiply-adds that is left',
    detail: 'Pruning itself decides which group gives how much; the rows below show the same part for all, which costs as much.',
  },
  parameters: {
    label: 'Parameters to keep',
    slider: 'Part of the parameters that is left',
    detail: 'Pruning itself decides which group gives how much; the rows below show the same part for all, which costs as much.',
  },
};

/** "12.3 dB"; "no change". */
export const valueText = (value: number | null, unit: string): string =>
  value === null ? 'no change' : `${Number(value.toPrecision(3))} ${unit}`.trim().replace('-', '−');

export interface Total {
  readonly label: string;
  readonly change: string;
  readonly won: string;
  /** What is left, 0 to 1. */
  readonly part: number;
}

/** Parameters, multiply-adds and size before and after. */
export const totalsOf = (before: PrunedCosts, after: PrunedCosts): Total[] => [
  total('Parameters', before.parameters, after.parameters, countChange),
  total('Multiply-adds', before.macs, after.macs, countChange),
  total('Size of the weights', before.bytes, after.bytes, bytesChange),
];

const total = (label: string, before: number, after: number, change: (before: number, after: number) => string): Total => ({
  label,
  change: change(before, after),
  won: won(before, after),
  part: before > 0 ? after / before : 1,
});

const countChange = (before: number, after: number): string => `${count(before)} → ${count(after)}`;

/** Longer names are cut. */
const shownName = 120;
export const shortName = (name: string): string => visible(name.slice(0, shownName * 4)).slice(0, shownName);

/** Other layers that lose the same channels: "with /layer1/1/conv2 and 3 more". */
export function companions({ name, makers }: PrunableGroup): string {
  const others = makers.filter((maker) => maker !== name);
  const [first] = others;
  if (first === undefined) return '';
  return others.length === 1 ? `with ${shortName(first)}` : `with ${shortName(first)} and ${others.length - 1} more`;
}

/** The choice in one sentence, for those who do not see the page: "134 of 688 channels go". */
export const spoken = (whole: number, left: number, { goal, amount }: PruningChoice): string =>
  `${goalWords[goal].slider}: ${percent(amount)}. ${whole - left} of ${whole} channels go.`;
