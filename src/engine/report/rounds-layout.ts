import type { PruningRound } from '../../protocol/pruning.ts';
import type { PruningHistory, RoundsBand, RoundsLayout } from '../../protocol/rounds-layout.ts';
import { scale, ticks, widened } from './axis.ts';
import { metricTitle, plain, scoreText, threeDigits } from './format.ts';
import { namesApart } from './names-apart.ts';

/** The right margin has room for the names of lines. */
const margin = { left: 62, right: 176, top: 24, bottom: 30 };
const heights = { score: 150, costs: 120, time: 80 };
const between = 30;

interface Line {
  readonly what: RoundsBand['lines'][number]['what'];
  readonly name: string;
  /** By round; undefined: not measured. */
  readonly values: readonly (number | undefined)[];
  readonly text: (value: number) => string;
}

/** Scores, what is left of the costs, and the time for a picture, round by round. Figures of rounds are finite: see `checkedRounds`. */
export function layoutRounds({ rounds }: PruningHistory, width: number): RoundsLayout {
  const [left, right] = [margin.left, Math.max(margin.left + 40, width - margin.right)];
  // One round alone stands at the left.
  const px = scale([0, Math.max(1, rounds.length - 1)], left + 8, right);
  let top = margin.top;
  const bands: RoundsBand[] = [];
  for (const what of ['score', 'costs', 'time'] as const) {
    const lines = linesOf(what, rounds).filter(({ values }) => values.some((value) => value !== undefined));
    if (lines.length === 0) continue;
    const place = { top, bottom: top + heights[what] };
    bands.push(bandOf(what, titleOf(what, rounds), lines, px, place));
    top = place.bottom + between;
  }
  const every = Math.ceil(rounds.length / Math.max(2, (right - left) / 50));
  return {
    width,
    height: top - between + margin.bottom,
    left,
    right,
    xTicks: rounds.flatMap((round, i) => (i % every === 0 ? [{ at: px(i), text: i === 0 ? 'as it was' : String(round.round) }] : [])),
    bands,
  };
}

function titleOf(what: RoundsBand['what'], rounds: readonly PruningRound[]): string {
  if (what === 'costs') return 'Left of the model (%)';
  if (what === 'time') return 'Time for one picture (ms)';
  const score = scoreOf(rounds);
  return score ? `${metricTitle(score.metric)} on validation pictures${score.unit ? ` (${score.unit})` : ''}` : '';
}

const scoreOf = (rounds: readonly PruningRound[]): PruningRound['score'] => rounds.findLast(({ score }) => score)?.score;

function linesOf(what: RoundsBand['what'], rounds: readonly PruningRound[]): Line[] {
  if (what === 'time')
    return [{ what, name: '', values: rounds.map(({ milliseconds }) => milliseconds), text: (value) => `${threeDigits(value)} ms` }];
  if (what === 'score') {
    const unit = scoreOf(rounds)?.unit ?? '';
    const text = (value: number): string => scoreText(value, unit);
    const trained = rounds.some(({ score }, i) => i > 0 && score?.tuned !== undefined);
    const best = (round: PruningRound): number | undefined => round.score?.tuned ?? round.score?.cut;
    const cut: Line = {
      what: 'cut',
      name: 'after the cut',
      values: rounds.map(({ score }, i) => (i === 0 ? undefined : score?.cut)),
      text,
    };
    return [{ what, name: trained ? 'after training' : '', values: rounds.map(best), text }, ...(trained ? [cut] : [])];
  }
  const [first] = rounds;
  const left = (key: 'macs' | 'parameters' | 'bytes'): (number | undefined)[] =>
    rounds.map((round) => (first && first[key] > 0 ? (100 * round[key]) / first[key] : undefined));
  const text = (value: number): string => `${threeDigits(value)} %`;
  return [
    { what: 'macs', name: 'multiply-adds', values: left('macs'), text },
    { what: 'parameters', name: 'parameters', values: left('parameters'), text },
    { what: 'bytes', name: 'bytes', values: left('bytes'), text },
  ];
}

function bandOf(
  what: RoundsBand['what'],
  title: string,
  lines: readonly Line[],
  px: (round: number) => number,
  place: { top: number; bottom: number },
): RoundsBand {
  const all = lines.flatMap(({ values }) => values.filter((value) => value !== undefined));
  const span = what === 'score' ? widened(all, 1) : ([0, Math.max(...all, 1e-9) * 1.06] as [number, number]);
  const py = scale(span, place.bottom, place.top);
  return {
    what,
    title,
    ...place,
    ticks: ticks(...span, 4).map((value) => ({ at: py(value), text: plain(value) })),
    lines: namesApart(
      lines.map(({ what: kind, name, values, text }) => {
        const corners = values.flatMap((value, i): [number, number][] => (value === undefined ? [] : [[px(i), py(value)]]));
        const [x, y] = corners.at(-1)!;
        const last = values.findLast((value) => value !== undefined)!;
        return { what: kind, corners, label: { text: `${text(last)} ${name}`.trim(), x: x + 10, y: y + 4 } };
      }),
      place.bottom,
    ),
  };
}
