import { html, LitElement, nothing, type TemplateResult } from 'lit';
import type { CurveRow } from '../../src/protocol/curve-layout.ts';
import type { TrainingCurve } from '../../src/protocol/training.ts';
import { figure, metricName, scoreText } from './texts.ts';
import { tableStyles } from './table-styles.ts';

/** The figures of a learning curve, epoch by epoch: the accessible equal of the picture. */
export class CurveTable extends LitElement {
  static override properties = { curve: { attribute: false }, rows: { attribute: false } };

  declare curve: TrainingCurve;
  declare rows: readonly CurveRow[];

  override render(): TemplateResult {
    const { validation, step } = this.curve;
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Figures of ${step}">
      <table>
        <thead>
          <tr>
            <th scope="col">Epoch</th>
            <th scope="col">Step</th>
            <th scope="col">Loss</th>
            <th scope="col">Learning rate</th>
            ${validation ? html`<th scope="col">${metricName(validation.metric)} on validation pictures</th>` : nothing}
          </tr>
        </thead>
        <tbody>
          ${this.rows.map(
            ({ epoch, step: steps, loss, rate, score, best }) =>
              html`<tr class=${best ? 'best' : ''}>
                <th scope="row">${figure(epoch)}</th>
                <td>${steps}</td>
                <td>${loss === undefined ? '' : figure(loss)}</td>
                <td>${rate === undefined ? '' : figure(rate)}</td>
                ${validation ? html`<td>${score === undefined ? '' : scoreText(score, validation.unit)}${best ? ' (best)' : ''}</td>` : nothing}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  static override styles = tableStyles;
}
