import type { ComparedTraining, ComparedTrainings } from '../../protocol/runs-comparison.ts';
import { layoutScores } from './comparison-training.ts';
import { plain, scoreText } from './format.ts';
import { html, type Html } from './html-text.ts';
import { table } from './table.ts';

/** Tells lines apart beside their colour. */
export const dashes = ['', '7 3', '2 3', '9 3 2 3', '4 2', '1 2'] as const;

/** Scores of trainings on validation pictures, epoch by epoch: a picture and its table. */
export function trainingsPicture(group: ComparedTrainings): Html {
  const { title, unit, trainings } = group;
  const { width, height, left, right, bottom, xTicks, yTicks, lines } = layoutScores(group, 1120);
  const text = ({ scores }: ComparedTraining, at: number): string => scoreText(scores[at]!.value, unit);
  return html`<h2>Learning curves: ${title} on validation pictures</h2>
    <p class="soft">After each epoch; the first is that before the first step. Diamonds are the best, whose weights were kept.</p>
    <svg
      viewBox="0 0 ${width} ${height}"
      width="100%"
      role="img"
      aria-label="${title} on validation pictures by epoch; the table has the same figures"
    >
      ${yTicks.map(
        ({ at, text: shown }) =>
          html`<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}" /><text x="${left - 8}" y="${at + 4}" text-anchor="end"
              >${shown}</text
            >`,
      )}
      <line class="axis" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}" />
      ${xTicks.map(({ at, text: shown }) => html`<text x="${at}" y="${bottom + 18}" text-anchor="middle">${shown}</text>`)}
      <text x="${left - 8}" y="${bottom + 18}" text-anchor="end">epoch</text>
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
    ${table('Trainings', trainings, [
      { title: 'Training', kind: 'name', cell: ({ name }) => name },
      { title: 'Epochs', number: true, cell: ({ scores, epochs }) => `${plain(scores.at(-1)!.epoch)} of ${epochs}` },
      { title: 'Before', number: true, cell: (one) => text(one, 0) },
      { title: 'Best', number: true, cell: (one) => text(one, one.best) },
      { title: 'At epoch', number: true, cell: ({ scores, best }) => plain(scores[best]!.epoch) },
    ])}`;
}
