import { css } from 'lit';

/** Pixels; the styles and the arithmetic of what is visible must agree. */
export const rowHeight = 24;
export const headHeight = 28;

export const tableStyles = css`
  :host {
    display: block;
    min-height: 0;
    min-width: 0;
    container-type: inline-size;
  }
  .table {
    height: 100%;
    overflow-y: scroll;
    outline: none;
  }
  .head,
  .row {
    display: grid;
    grid-template-columns: 3.6em minmax(8em, 3fr) minmax(6em, 1.4fr) minmax(7em, 1.3fr) minmax(7.5em, 1fr) minmax(6em, 0.8fr);
    align-items: center;
  }
  .head {
    position: sticky;
    top: 0;
    z-index: 1;
    height: ${headHeight}px;
    box-sizing: border-box;
    background: var(--vscode-editor-background);
    border-bottom: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
  }
  .head button {
    all: unset;
    box-sizing: border-box;
    cursor: pointer;
    padding: 4px 8px;
    min-height: 24px;
    width: 100%;
    font-weight: 600;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .head button:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .space {
    overflow: hidden;
  }
  .row {
    height: ${rowHeight}px;
    cursor: default;
    user-select: none;
  }
  .row.group {
    font-weight: 600;
  }
  .row:hover {
    background: var(--vscode-list-hoverBackground);
  }
  .row.selected {
    background: var(--vscode-list-inactiveSelectionBackground);
    color: var(--vscode-list-inactiveSelectionForeground, inherit);
    outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }
  .table:focus-visible .row.selected {
    background: var(--vscode-list-activeSelectionBackground);
    color: var(--vscode-list-activeSelectionForeground);
  }
  .table:focus-visible .row.active {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .row span[role='gridcell'] {
    padding: 0 8px;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    position: relative;
    line-height: ${rowHeight}px;
  }
  .row.group .op {
    font-weight: normal;
  }
  .name .twisty {
    display: inline-flex;
    width: 16px;
    vertical-align: -3px;
    margin-right: 2px;
    cursor: pointer;
  }
  .icon {
    display: inline-flex;
  }
  .overlaid .head,
  .overlaid .row {
    grid-template-columns:
      3.6em minmax(8em, 3fr) minmax(6em, 1.4fr) minmax(7em, 1.3fr) minmax(7.5em, 1fr) minmax(6em, 0.8fr)
      minmax(9.5em, 1fr);
  }
  /* Beside the graph: the shape stands in the details, in the tooltip and in the graph; beside an overlay the parameters too. */
  @container (max-width: 48em) {
    .head,
    .row {
      grid-template-columns: 3.4em minmax(8em, 3fr) minmax(5em, 1.6fr) 5.6em 5.2em;
    }
    .overlaid .head,
    .overlaid .row {
      grid-template-columns: 3.6em minmax(8em, 3fr) minmax(5em, 1.3fr) 5.5em 9.5em;
    }
    .outputShape,
    .overlaid .parameters {
      display: none;
    }
  }
  @container (max-width: 36em) {
    .overlaid .head,
    .overlaid .row {
      grid-template-columns: 3em minmax(8em, 3fr) minmax(4.5em, 1.2fr) 9.5em;
    }
    .overlaid .macs {
      display: none;
    }
  }
  @container (max-width: 26em) {
    .head,
    .row {
      grid-template-columns: minmax(8em, 3fr) minmax(4.5em, 1.3fr) 5.5em;
    }
    .overlaid .head,
    .overlaid .row {
      grid-template-columns: minmax(7em, 1fr) 9.5em;
    }
    .index,
    .parameters,
    .overlaid .op {
      display: none;
    }
  }
  .index,
  .parameters,
  .macs,
  .measured {
    text-align: right;
    font-variant-numeric: tabular-nums;
  }
  .index {
    opacity: 0.85;
  }
  .bar {
    position: absolute;
    right: 4px;
    bottom: 1px;
    height: 2px;
    background: var(--vscode-charts-blue, var(--vscode-progressBar-background));
  }
  .stale {
    font-style: italic;
  }
  .stale .swatch {
    opacity: 0.4;
  }
  .nothing {
    position: sticky;
    left: 0;
    padding: 12px 16px;
    color: var(--vscode-descriptionForeground);
  }
`;
