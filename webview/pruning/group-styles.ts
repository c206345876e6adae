import { css } from 'lit';

export const groupStyles = css`
  :host {
    display: block;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-variant-numeric: tabular-nums;
  }
  caption {
    text-align: left;
    font-size: 1.1em;
    font-weight: 600;
    padding: 0 0 4px;
  }
  th,
  td {
    text-align: left;
    font-weight: normal;
    padding: 4px 14px 4px 0;
    border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
  }
  :is(th, td):last-child {
    padding-right: 0;
  }
  thead th {
    color: var(--vscode-descriptionForeground);
    white-space: nowrap;
  }
  .sort {
    all: unset;
    cursor: pointer;
  }
  .sort[aria-pressed='true'] {
    color: var(--vscode-foreground);
    font-weight: 600;
    text-decoration: underline;
  }
  tbody th {
    width: 40%;
    max-width: 0;
  }
  tbody th > * {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .selected th {
    box-shadow: inset 3px 0 0 var(--vscode-focusBorder);
    padding-left: 9px;
  }
  small {
    color: var(--vscode-descriptionForeground);
  }
  tbody tr {
    height: 2.9em;
  }
  .number {
    white-space: nowrap;
  }
  .slide {
    display: grid;
    grid-template-columns: minmax(70px, 1fr) 4em 4em;
    align-items: center;
    gap: 10px;
  }
  input[type='range'] {
    min-width: 0;
    width: 100%;
    accent-color: var(--vscode-button-background, var(--vscode-foreground));
  }
  output {
    text-align: right;
  }
  svg {
    display: block;
    width: 92px;
    height: 20px;
  }
  polygon {
    fill: var(--vscode-charts-blue, var(--vscode-foreground));
  }
  polyline {
    fill: none;
    stroke: var(--vscode-charts-green, var(--vscode-foreground));
    stroke-width: 1.6;
  }
  .at {
    opacity: 0.6;
  }
  .cut {
    fill: var(--vscode-editor-background);
    opacity: 0.7;
  }
  line {
    stroke: var(--vscode-foreground);
  }
  .link {
    all: unset;
    cursor: pointer;
    color: var(--vscode-textLink-foreground);
    text-decoration: underline;
  }
  :is(.link, .sort, input):focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }
  @media (max-width: 560px) {
    .wide {
      display: none;
    }
    .slide {
      grid-template-columns: minmax(50px, 1fr) 3.6em;
    }
  }
`;
