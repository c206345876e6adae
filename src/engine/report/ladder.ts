import type { Trial } from '../../protocol/results/run.ts';
import { bar } from './charts.ts';
import { bytes, figure, seconds, signed } from './format.ts';
import { html, type Html } from './html-text.ts';
import { table } from './table.ts';
import type { ReportData } from './types.ts';

/** What a step tried, in its order: what each rung of the ladder gained and what it cost. */
export function ladderSection({ result }: ReportData): Html {
  const unit = result.metrics?.after.unit ?? '';
  return html`${result.steps.map(({ step, trials }) => (trials?.length ? ladder(step, trials, unit) : ''))}`;
}

function ladder(step: string, trials: readonly Trial[], unit: string): Html {
  const worst = Math.max(0, ...trials.map(({ loss }) => (Number.isFinite(loss) ? loss : 0)));
  const text = (value: number): string => `${figure(value, unit)}${unit ? ` ${unit}` : ''}`;
  return html`<h2>What ${step} tried</h2>
    <p class="soft">
      Each on validation pictures, in this order; the loss is against the float model, with its 95 % interval. What was kept is what the
      next ones build on.
    </p>
    ${table(
      `What ${step} tried`,
      trials,
      [
        { title: 'Added', cell: ({ rung }) => rung },
        { title: 'Tried', kind: 'wide', cell: ({ title }) => title },
        { title: 'Metric', number: true, cell: ({ value }) => text(value) },
        {
          title: 'Loss',
          number: true,
          cell: ({ loss }) => bar(signed(loss, unit), worst > 0 && Number.isFinite(loss) ? Math.min(1, Math.max(0, loss / worst)) : 0),
        },
        { title: 'Between', number: true, cell: ({ confidence: [low, high] }) => `${signed(low, unit)} and ${signed(high, unit)}` },
        { title: 'Weights, packed', number: true, cell: (trial) => bytes(trial.bytes) },
        { title: 'Time', number: true, cell: (trial) => seconds(trial.seconds) },
        { title: 'Kept', cell: ({ kept }) => (kept ? 'kept' : '') },
      ],
      ({ kept }) => (kept ? 'kept' : ''),
    )}`;
}
