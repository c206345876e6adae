import { css } from 'lit';

export const appStyles = css`
  :host {
    display: block;
    max-width: 76em;
    padding: 12px 20px 32px;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    gap: 8px 20px;
    align-items: center;
    justify-content: space-between;
  }
  h1 {
    font-size: 1.4em;
    font-weight: normal;
    margin: 0;
    overflow-wrap: anywhere;
  }
  .buttons {
    display: flex;
    gap: 8px;
  }
  form {
    margin: 14px 0 18px;
  }
  .goals {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 22px;
  }
  .goals label {
    display: inline-flex;
    align-items: center;
    gap: 5px;
  }
  input {
    accent-color: var(--vscode-button-background, var(--vscode-foreground));
    margin: 0;
  }
  .amount {
    display: grid;
    grid-template-columns: minmax(100px, 1fr) 4.4em max-content;
    align-items: center;
    gap: 12px;
    margin-top: 10px;
  }
  output {
    font-size: 1.4em;
    text-align: right;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  select {
    font: inherit;
    padding: 2px 4px;
    color: var(--vscode-dropdown-foreground);
    background: var(--vscode-dropdown-background);
    border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent));
    border-radius: 2px;
  }
  .soft {
    color: var(--vscode-descriptionForeground);
  }
  p.soft {
    margin: 6px 0 0;
  }
  .note {
    margin: 12px 0 0;
    padding: 4px 10px;
    border-left: 3px solid var(--vscode-charts-yellow, var(--vscode-foreground));
  }
  .error {
    color: var(--vscode-errorForeground);
    overflow-wrap: anywhere;
  }
  lathe-pruning-groups {
    margin-top: 26px;
  }
  details {
    margin-top: 18px;
  }
  summary {
    cursor: pointer;
  }
  li {
    overflow-wrap: anywhere;
    padding: 1px 0;
  }
  li b {
    font-weight: normal;
  }
  .link {
    all: unset;
    cursor: pointer;
    color: var(--vscode-textLink-foreground);
    text-decoration: underline;
  }
  :is(input, select, summary, .link):focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 2px;
  }
  @media (max-width: 560px) {
    .amount {
      grid-template-columns: minmax(80px, 1fr) 4.4em;
    }
    .multiple {
      grid-column: 1 / -1;
    }
  }
`;
