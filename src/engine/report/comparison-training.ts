import type { ScoresLayout } from '../../protocol/curve-layout.ts';
import type { ComparedTraining, ComparedTrainings } from '../../protocol/runs-comparison.ts';
import type { PruningHistory } from '../../protocol/rounds-layout.ts';
import type { TrainingCurve } from '../../protocol/training.ts';
import { scale, ticks, widened } from './axis.ts';
import { metricTitle, plain } from './format.ts';
import { namesApart } from './names-apart.ts';

/** Scores of a training that a picture and a message have room for. */
const mostScores = 200;

/** Trainings of runs by metric; `curves` and `labels` are in the order of the runs. Those without scores are left out. */
export function comparedTrainings(curves: readonly (readonly TrainingCurve[])[], labels: readonly string[]): ComparedTrainings[] {
  const groups = new Map<string, { title: string; unit: string; trainings: ComparedTraining[] }>();
  for (const [run, own] of curves.entries()) {
    for (const { step, epochs, validation } of own) {
      if (!validation || validation.scores.length === 0) continue;
      const { metric, unit, scores } = validation;
      const key = JSON.stringify([metric, unit]);
      const group = groups.get(key) ?? { title: metricTitle(metric), unit, trainings: [] };
      const best = Math.max(
        0,
        scores.findLastIndex((score) => score.best),
      );
      const every = Math.ceil(scores.length / mostScores);
      const shown = [...scores.keys()].filter((i) => i % every === 0 || i === best || i === scores.length - 1);
      group.trainings.push({
        run,
        name: own.length > 1 ? `${labels[run]!}, ${step}` : labels[run]!,
        epochs,
        scores: shown.map((i) => ({ epoch: scores[i]!.epoch, value: scores[i]!.value })),
        best: shown.indexOf(best),
      });
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

/** Prunings of runs by metric, round by round: scores after training where it was trained, else after the cut. */
export function comparedPrunings(prunings: readonly (readonly PruningHistory[])[], labels: readonly string[]): ComparedTrainings[] {
  const groups = new Map<string, { title: string; unit: string; by: 'rounds'; trainings: ComparedTraining[] }>();
  for (const [run, own] of prunings.entries()) {
    for (const { step, rounds } of own) {
      const scores = rounds.flatMap(({ round, score }) => {
        const value = score?.tuned ?? score?.cut;
        return value === undefined ? [] : [{ epoch: round, value }];
      });
      const [first, last] = [rounds[0], rounds.at(-1)];
      const score = last?.score ?? first?.score;
      if (!first || !last || !score || scores.length < 2) continue;
      const key = JSON.stringify([score.metric, score.unit]);
      const group = groups.get(key) ?? { title: metricTitle(score.metric), unit: score.unit, by: 'rounds', trainings: [] };
      const name = own.length > 1 ? `${labels[run]!}, ${step}` : labels[run]!;
      const left = first.macs > 0 ? `${plain((100 * last.macs) / first.macs)} % of the multiply-adds` : '';
      group.trainings.push({ run, name, epochs: rounds.length - 1, scores, best: scores.length - 1, left });
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

const margin = { left: 62, right: 170, top: 14, bottom: 34 };
const height = 300;
/** Longer ones are cut. */
const longestName = 26;

/** Every training's scores as a line, its name behind the last of them. */
export function layoutScores({ trainings, unit, by }: ComparedTrainings, width: number): ScoresLayout {
  const area = {
    left: margin.left,
    right: Math.max(margin.left + 20, width - margin.right),
    top: margin.top,
    bottom: height - margin.bottom,
  };
  const all = trainings.flatMap(({ scores }) => scores);
  const last = all.reduce((most, { epoch }) => Math.max(most, epoch), 0) || 1;
  const span = widened(
    all.map(({ value }) => value),
    unit === '%' ? 1 : 1e-6,
  );
  const [px, py] = [scale([0, last], area.left, area.right), scale(span, area.bottom, area.top)];
  const lines = trainings.map(({ scores, best, name }) => {
    const corners = scores.map(({ epoch, value }): [number, number] => [px(epoch), py(value)]);
    const [x, y] = corners.at(-1)!;
    const text = name.length > longestName ? `${name.slice(0, longestName - 1)}…` : name;
    return { corners, best: corners[best]!, label: { text, x: x + 9, y: y + 4 } };
  });
  const epochs = ticks(0, last, Math.max(2, Math.min(10, (area.right - area.left) / 90))).filter(
    (at) => (last < 2 && by !== 'rounds') || Number.isInteger(at),
  );
  return {
    width,
    height,
    ...area,
    xTicks: epochs.map((epoch) => ({ at: px(epoch), text: plain(epoch) })),
    yTicks: ticks(...span, 5).map((value) => ({ at: py(value), text: `${plain(value)}${unit ? ` ${unit}` : ''}` })),
    lines: namesApart(lines, area.bottom),
  };
}
