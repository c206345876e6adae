import type { ComparedTraining, ComparedTrainings } from '../../protocol/runs-comparison.ts';
import { layoutScores } from './comparison-training.ts';
import { plain, scoreText } from './format.ts';
import { html, type Html } from './html-text.ts';
import { table } from './table.ts';

/** Tells lines apart beside their colour. */
export const dashes = ['', '7 3', '2 3', '9 3 2 3', '4 2', '1 2'] as const;

const epochsNote = 'After each epoch; the first is that before the first step. Diamonds are the best, whose weights were kept.';
const roundsNote = 'After each round, trained where it was trained; the first is the model as it was. Diamonds are what came of it.';

const prunings = ({ trainings, unit }: ComparedTrainings): Html =>
  table('Prunings', trainings, [
    { title: 'Pruning', kind: 'name', cell: ({ name }) => name },
    { title: 'Rounds', number: true, cell: ({ epochs }) => epochs },
    { title: 'Before', number: true, cell: ({ scores }) => scoreText(scores[0]!.value, unit) },
    { title: 'After', number: true, cell: ({ scores }) => scoreText(scores.at(-1)!.value, unit) },
    { title: 'Left', number: true, cell: ({ left }) => left },
  ]);

/** Scores of trainings on validation pictures, epoch by epoch: a picture and its table. */
export function trainingsPicture(group: ComparedTrainings): Html {
  const { title, unit, trainings } = group;
  const byRounds = group.by === 'rounds';
  const { width, height, left, right, bottom, xTicks, yTicks, lines } = layoutScores(group, 1120);
  const text = ({ scores }: ComparedTraining, at: number): string => scoreText(scores[at]!.value, unit);
  return html`<h2>${byRounds ? 'Rounds of pruning' : 'Learning curves'}: ${title} on validation pictures</h2>
    <p class="soft">${byRounds ? roundsNote : epochsNote}</p>
    <svg
      viewBox="0 0 ${width} ${height}"
      width="100%"
      role="img"
      aria-label="${title} on validation pictures by ${byRounds ? 'round' : 'epoch'}; the table has the same figures"
    >
      ${yTicks.map(
        ({ at, text: shown }) =>
          html`<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}" /><text x="${left - 8}" y="${at + 4}" text-anchor="end"
              >${shown}</text
            >`,
      )}
      <line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" />
      ${xTicks.map(({ at, text: shown }) => html`<text x="${at}" y="${bottom + 18}" text-anchor="middle">${shown}</text>`)}
      <text x="${left - 8}" y="${bottom + 18}" text-anchor="end">${byRounds ? 'round' : 'epoch'}</text>
      ${lines.map(
        ({ corners, best: [x, y], label }, i) =>
          html`<polyline
              class="curve run-${i % dashes.length}"
              stroke-dasharray="${dashes[i % dashes.length]!}"
              points="${corners.map((corner) => corner.join(',')).join(' ')}"
            /><path class="kept run-${i % dashes.length}" d="M${x} ${y - 6}l5 6l-5 6l-5 -6z" /><text x="${label.x}" y="${label.y}"
              >${label.text}</text
            >`,
      )}
    </svg>
    ${
      byRounds
        ? prunings(group)
        : table('Trainings', trainings, [
            { title: 'Training', kind: 'name', cell: ({ name }) => name },
            { title: 'Epochs', number: true, cell: ({ scores, epochs }) => `${plain(scores.at(-1)!.epoch)} of ${epochs}` },
            { title: 'Before', number: true, cell: (one) => text(one, 0) },
            { title: 'Best', number: true, cell: (one) => text(one, one.best) },
            { title: 'At epoch', number: true, cell: ({ scores, best }) => plain(scores[best]!.epoch) },
          ])
    }`;
}
