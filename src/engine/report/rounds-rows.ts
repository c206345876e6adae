import type { PruningRound } from '../../protocol/pruning.ts';
import type { PruningHistory, RoundRow, ShownPruning } from '../../protocol/rounds-layout.ts';
import { bytes, count, metricTitle, scoreText, seconds, threeDigits } from './format.ts';

/** Groups that a page or report lists. */
const mostGroups = 500;

/** A pruning with the table of its rounds and the groups of the last one. */
export function shownPruning(history: PruningHistory): ShownPruning {
  const score = history.rounds.findLast((round) => round.score)?.score;
  return { history, rows: roundRows(history), metric: score ? metricTitle(score.metric) : '', groups: prunedGroups(history) };
}

/** One row for each round, what is left beside the model as it was. */
export function roundRows({ rounds }: PruningHistory): RoundRow[] {
  const [first] = rounds;
  if (!first) return [];
  const whole = sum(first);
  const left = (text: string, now: number, before: number): string =>
    now === before || before === 0 ? text : `${text} (${threeDigits((100 * now) / before)} %)`;
  return rounds.map((round, i) => ({
    round: i === 0 ? 'as it was' : String(round.round),
    channels: i === 0 ? String(whole) : `${sum(round)} of ${whole}`,
    parameters: left(count(round.parameters), round.parameters, first.parameters),
    macs: left(count(round.macs), round.macs, first.macs),
    bytes: left(bytes(round.bytes), round.bytes, first.bytes),
    cut: scoreOf(round, 'cut'),
    tuned: scoreOf(round, 'tuned'),
    time: round.milliseconds === undefined ? '' : `${threeDigits(round.milliseconds)} ms`,
    seconds: i === 0 ? '' : seconds(round.seconds),
  }));
}

const sum = ({ channels }: PruningRound): number => Object.values(channels).reduce((a, b) => a + b, 0);

const scoreOf = ({ score }: PruningRound, when: 'cut' | 'tuned'): string =>
  score?.[when] === undefined ? '' : scoreText(score[when], score.unit);

/** Channels of each group before and after all rounds; those that lost the largest part first. */
export function prunedGroups({ rounds }: PruningHistory): ShownPruning['groups'] {
  const [first, last] = [rounds[0], rounds.at(-1)];
  if (!first || !last) return [];
  return Object.entries(first.channels)
    .map(([name, before]) => ({ name, before, after: last.channels[name] ?? before }))
    .filter(({ before, after }) => after < before)
    .sort((a, b) => a.after / a.before - b.after / b.before)
    .slice(0, mostGroups);
}
