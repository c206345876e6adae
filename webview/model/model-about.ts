import { css, html, nothing, type TemplateResult } from 'lit';
import { bytes, count, shape, visible } from '../../src/protocol/format.ts';
import type { DrawableGraph } from '../../src/protocol/drawable.ts';
import type { ModelView, ValueView } from '../../src/protocol/view.ts';
import { icon } from '../icon.ts';
import { exact, plural } from './words.ts';

/** What the file says of itself: in the side panel while no layer is selected. */
export function aboutModel(model: ModelView, graph: DrawableGraph): TemplateResult {
  const remarks = remarksOf(model, graph);
  return html`<section class="about" aria-label="About this model">
    <h1>${visible(model.name)}</h1>
    <dl class="facts">${figures(model).map(([label, value, title]) => fact(label, value, title))}</dl>
    ${
      remarks.length
        ? part(
            'Good to know',
            html`<ul>
              ${remarks.map((remark) => html`<li>${icon('warning')} ${visible(remark)}</li>`)}
            </ul>`,
          )
        : nothing
    }
    ${part('Inputs', ends(model.inputs))} ${part('Outputs', ends(model.outputs))}
    ${
      model.metadata.length
        ? part('Stored with the model', html`<dl>${model.metadata.map(([name, value]) => fact(visible(name), visible(value), ''))}</dl>`)
        : nothing
    }
  </section>`;
}

/** What is odd about a valid file and what could not be drawn, one sentence each. */
export const remarksOf = ({ findings }: ModelView, { notes }: DrawableGraph): readonly string[] => [...findings, ...notes];

const figures = (model: ModelView): [label: string, value: string, title: string][] => [
  ['File', bytes(model.fileBytes), `${exact(model.fileBytes)} bytes`],
  ['Layers', exact(model.layers.length), ''],
  ['Parameters', count(model.parameters), `${exact(model.parameters)}, ${bytes(model.weightBytes)} of weights`],
  ['Weights', bytes(model.weightBytes), `${exact(model.weightBytes)} bytes`],
  ['MACs', model.macs === null ? 'unknown' : count(model.macs), model.macs === null ? 'The input has free dimensions' : exact(model.macs)],
  [
    'Peak activations',
    model.peakActivationBytes === null ? 'unknown' : bytes(model.peakActivationBytes),
    'Most memory that values between layers take at once, batch of one',
  ],
  ['Format', model.format, ''],
  ['Producer', visible(model.producer) || 'not stated', ''],
];

const part = (title: string, content: TemplateResult): TemplateResult =>
  html`<h2>${title}</h2>
    ${content}`;

const fact = (label: string, value: string, title: string): TemplateResult =>
  html`<dt>${label}</dt>
    <dd title=${title || nothing}>${value}</dd>`;

const ends = (values: readonly ValueView[]): TemplateResult =>
  values.length === 0
    ? html`<p class="soft">None</p>`
    : html`<dl>
        ${values.map(
          (value) =>
            html`<dt>${visible(value.name)}</dt>
              <dd class="soft">${value.type} ${visible(shape(value.shape))}</dd>`,
        )}
      </dl>`;

/** What several selected layers have in common: how many, and their sums. */
export function severalSelected(
  { parameters, weightBytes, macs }: { parameters: number; weightBytes: number; macs: number | null },
  nodes: number,
): TemplateResult {
  return html`<section class="about" aria-label="Selection">
    <h1>${plural(nodes, 'layer')} selected</h1>
    <dl class="facts">
      ${fact('Parameters', count(parameters), exact(parameters))} ${fact('Weights', bytes(weightBytes), `${exact(weightBytes)} bytes`)}
      ${fact('MACs', macs === null ? 'unknown' : count(macs), macs === null ? 'Dimensions are free' : exact(macs))}
    </dl>
  </section>`;
}

/** An input or output of the model. */
export function endSelected({ nodes, edges, values }: DrawableGraph, node: number): TemplateResult {
  const { kind, name } = nodes[node]!;
  const edge = edges.find(({ from, to }) => from === node || to === node);
  const value = edge && values[edge.value];
  return html`<section class="about" aria-label="Selection">
    <h1>${visible(name)}</h1>
    <dl class="facts">
      ${fact('Kind', kind === 'input' ? 'Input of the model' : 'Output of the model', '')}
      ${value ? [fact('Type', value.type, ''), fact('Shape', visible(shape(value.shape)), '')] : nothing}
    </dl>
  </section>`;
}

export const aboutStyles = css`
  .about {
    overflow-wrap: anywhere;
  }
  .about h1 {
    font-size: 1.2em;
    font-weight: 600;
    margin: 0 0 8px;
  }
  .about h2 {
    font-size: 1em;
    font-weight: 600;
    margin: 16px 0 4px;
    padding-bottom: 2px;
    border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
  }
  .about dl {
    display: grid;
    grid-template-columns: fit-content(45%) minmax(0, 1fr);
    gap: 2px 12px;
    margin: 0;
  }
  .about dt,
  .soft {
    color: var(--vscode-descriptionForeground);
  }
  .about dl:not(.facts) dt {
    color: inherit;
  }
  .about dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .about p,
  .about ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .about .icon {
    vertical-align: -3px;
  }
`;
