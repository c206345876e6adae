import type { Votes } from '../criteria/criterion.ts';

/** How the votes of a group's parts become one number for each channel. */
export const reductions = {
  mean: (votes: Votes) => combine(votes, 0, (sum, vote) => sum + vote / votes.length),
  sum: (votes: Votes) => combine(votes, 0, (sum, vote) => sum + vote),
  max: (votes: Votes) => combine(votes, -Infinity, Math.max),
  prod: (votes: Votes) => combine(votes, 1, (product, vote) => product * vote),
  /** Only the first layer that makes the channels. */
  first: (votes: Votes) => votes[0]!,
} satisfies Record<string, (votes: Votes) => Float64Array>;

export type Reduction = keyof typeof reductions;

function combine(votes: Votes, start: number, add: (total: number, vote: number) => number): Float64Array {
  return votes[0]!.map((_, channel) => votes.reduce((total, vote) => add(total, vote[channel]!), start));
}
