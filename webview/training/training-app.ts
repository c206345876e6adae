import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { pageStyles } from '../styles/page.ts';
import { visible } from '../../src/protocol/format.ts';
import type { CurveLayout } from '../../src/protocol/curve-layout.ts';
import type { RoundsLayout, ShownPruning } from '../../src/protocol/rounds-layout.ts';
import {
  trainingMessages,
  type ShownTraining,
  type TrainingAction,
  type TrainingState,
  type TrainingStatus,
} from '../../src/protocol/training-messages.ts';
import { channel, keepState, keptState } from '../host.ts';
import { ending, standing } from './texts.ts';

const labels: Readonly<Record<TrainingAction, string>> = {
  cancel: 'Cancel',
  resume: 'Resume',
  report: 'Report',
  models: 'Open Models',
  output: 'Show Output',
};

const states: Readonly<Record<TrainingStatus['state'], string>> = {
  waiting: 'Waiting',
  running: 'Running',
  finished: 'Finished',
  failed: 'Failed',
  cancelled: 'Cancelled',
  interrupted: 'Interrupted',
  unreadable: 'Cannot be read',
};

/** Learning curves and rounds of a run: one picture for each of its trainings and prunings, as they go on, with what can be done about the run. */
export class TrainingApp extends LitElement {
  static override properties = {
    status: { state: true },
    trainings: { state: true },
    waiting: { state: true },
    layouts: { state: true },
    prunings: { state: true },
    kept: { state: true },
  };

  declare status: TrainingStatus | undefined;
  declare trainings: readonly ShownTraining[];
  declare waiting: readonly string[];
  /** By the place of the training, each with the training it is of. */
  declare layouts: readonly { readonly of: ShownTraining; readonly layout: CurveLayout }[];
  /** Each with its picture. */
  declare prunings: readonly { readonly of: ShownPruning; readonly layout: RoundsLayout }[];
  declare kept: TrainingState;
  #width = 0;
  #asked = 0;
  #shown: readonly ShownPruning[] = [];
  readonly #observer = new ResizeObserver(([entry]) => this.#resized(entry?.contentRect.width ?? 0));

  constructor() {
    super();
    this.trainings = [];
    this.waiting = [];
    this.layouts = [];
    this.prunings = [];
    this.kept = keptState<TrainingState>({ folder: '', tables: false });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    channel.onNotice(trainingMessages.run, ({ folder }) => this.#keep({ folder }));
    channel.onNotice(trainingMessages.status, (status) => (this.status = status));
    channel.onNotice(trainingMessages.curves, ({ trainings, waiting }) => {
      this.trainings = trainings;
      this.waiting = waiting;
      void this.#askPictures();
    });
    channel.onNotice(trainingMessages.rounds, ({ prunings }) => (this.#shown = prunings));
    this.#observer.observe(this);
    channel.tell(trainingMessages.ready, null);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
  }

  override render(): TemplateResult {
    const { status } = this;
    if (!status) return html`<p role="status">Reading the run…</p>`;
    return html`<header>
        <h1>${visible(status.title)}</h1>
        <span class="buttons">
          ${status.can.map(
            (action) =>
              html`<vscode-button ?secondary=${action !== 'resume'} @click=${() => channel.tell(trainingMessages.act, { action })}
                >${labels[action]}</vscode-button
              >`,
          )}
        </span>
      </header>
      ${this.#standing(status)}
      ${
        this.trainings.length === 0 && this.prunings.length === 0
          ? html`<p class="soft">Pictures begin with the first step of training and the first round of pruning.</p>`
          : [
              this.prunings.map(({ of, layout }) => this.#pruning(of, layout)),
              this.layouts.map(({ of, layout }) => this.#training(of, layout)),
            ]
      }
      ${this.waiting.map(
        (title) =>
          html`<h2>${visible(title)}</h2>
            <p class="soft">Has not begun.</p>`,
      )}`;
  }

  #standing({ state, text, fraction }: TrainingStatus): TemplateResult {
    const share = fraction === undefined ? undefined : Math.floor(fraction * 100);
    return html`<div class="standing ${state}">
      <b role="status">${states[state]}</b>
      ${
        share === undefined
          ? nothing
          : html`<progress aria-label="Progress of the run" max="100" .value=${share}></progress><span class="share">${share} %</span>`
      }
      <span class="text">${visible(text)}</span>
    </div>`;
  }

  #training(shown: ShownTraining, layout: CurveLayout): TemplateResult {
    const { curve, rows, live } = shown;
    return html`<section aria-label=${visible(curve.step)}>
      <h2>${visible(curve.step)} <span class="soft">${live ? '' : ending(curve)}</span></h2>
      <p class="figures">${standing(curve)}</p>
      ${curve.stopped ? html`<p class="note">${visible(curve.stopped)}</p>` : nothing}
      <lathe-curve-picture .curve=${curve} .layout=${layout}></lathe-curve-picture>
      <details ?open=${this.kept.tables} @toggle=${(event: Event) => this.#toggled(event)}>
        <summary>Figures as a table</summary>
        <lathe-curve-table .curve=${curve} .rows=${rows}></lathe-curve-table>
      </details>
    </section>`;
  }

  #pruning(shown: ShownPruning, layout: RoundsLayout): TemplateResult {
    const name = visible(shown.history.step);
    const done = shown.rows.length - 1;
    return html`<section aria-label="Rounds of ${name}">
      <h2>${name} <span class="soft">${done === 1 ? '1 round' : `${done} rounds`}</span></h2>
      <lathe-rounds-picture .layout=${layout} .name=${name}></lathe-rounds-picture>
      <lathe-rounds-table .shown=${shown}></lathe-rounds-table>
    </section>`;
  }

  #toggled(event: Event): void {
    const { open } = event.currentTarget as HTMLDetailsElement;
    if (open !== this.kept.tables) this.#keep({ tables: open });
  }

  #keep(change: Partial<TrainingState>): void {
    this.kept = { ...this.kept, ...change };
    keepState(this.kept);
  }

  #resized(width: number): void {
    if (Math.abs(width - this.#width) < 1) return;
    this.#width = width;
    void this.#askPictures();
  }

  async #askPictures(): Promise<void> {
    if (this.#width < 100) return;
    const number = ++this.#asked;
    const { trainings } = this;
    const prunings = this.#shown;
    const width = Math.floor(this.#width);
    const rounds = prunings.map((_, pruning) => channel.ask(trainingMessages.roundsPicture, { pruning, width }));
    const layouts = await Promise.all(trainings.map((_, training) => channel.ask(trainingMessages.picture, { training, width })));
    const pictures = await Promise.all(rounds);
    // Otherwise another picture was asked for meanwhile.
    if (number !== this.#asked) return;
    this.layouts = trainings.map((of, i) => ({ of, layout: layouts[i]! }));
    this.prunings = prunings.map((of, i) => ({ of, layout: pictures[i]! }));
  }

  static override styles = [
    pageStyles,
    css`
      h2 {
        font-size: 1.1em;
        margin: 22px 0 2px;
        overflow-wrap: anywhere;
      }
      h2 .soft {
        font-weight: normal;
      }
      .standing {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 12px;
        min-height: 26px;
        margin-top: 6px;
        font-variant-numeric: tabular-nums;
      }
      .text {
        flex: 1 1 16em;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .failed .text {
        color: var(--vscode-errorForeground);
      }
      .figures {
        margin: 0 0 8px;
        font-variant-numeric: tabular-nums;
      }
      .note {
        margin: 0 0 8px;
      }
      progress {
        appearance: none;
        width: 180px;
        height: 6px;
        border: 1px solid var(--vscode-contrastBorder, var(--vscode-editorWidget-border, transparent));
        border-radius: 3px;
        overflow: hidden;
        background: var(--vscode-editorWidget-background, transparent);
      }
      progress::-webkit-progress-bar {
        background: transparent;
      }
      progress::-webkit-progress-value {
        background: var(--vscode-progressBar-background);
      }
      summary {
        cursor: pointer;
        padding: 4px 0;
      }
      summary:focus-visible {
        outline: 1px solid var(--vscode-focusBorder);
      }
    `,
  ];
}
