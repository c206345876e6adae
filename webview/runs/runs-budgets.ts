import { html, type TemplateResult } from 'lit';
import { visible } from '../../src/protocol/format.ts';
import type { RunComparison } from '../../src/protocol/runs-comparison.ts';
import type { ComparedBudget } from '../../src/protocol/shared-budget.ts';

/** Budgets that runs of chains shared out between their models: what each got, and the front of the whole and of each model. `open` gets the place of a run. */
export const runsBudgets = ({ runs }: RunComparison, budgets: readonly ComparedBudget[], open: (place: number) => void): TemplateResult[] =>
  budgets.map(({ run, title, pictures, rows }) => {
    const name = visible(runs[run]!.name);
    return html`<h2>One budget over all models: <button class="link" @click=${() => open(run)}>${name}</button></h2>
      <p class="soft">
        ${visible(title)}. Up is better, left is less; the dashed line is the best that can be had by the sum of the parts.
      </p>
      <div class="scroll" tabindex="0" role="region" aria-label=${`What each model of ${name} got`}>
        <table>
          <thead>
            <tr>
              ${['Model', 'Shared out', 'Takes', 'Of its own at 8 bits', 'By'].map((column) => html`<th scope="col">${column}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ({ model, name: how, cost, percent, portion, kept }) =>
                html`<tr>
                  <th scope="row">${visible(model)}</th>
                  <td>${kept ? html`<b>${visible(how)}</b>` : visible(how)}</td>
                  <td>${cost}</td>
                  <td>${percent}</td>
                  <td>${portion}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${pictures.map(
        (picture) =>
          html`<h3>${visible(picture.title)}</h3>
            <lathe-budget-picture .picture=${picture}></lathe-budget-picture>`,
      )}`;
  });
