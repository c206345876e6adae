import { css } from 'lit';

export const appStyles = css`
  :host {
    max-width: 76em;
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
  p.soft {
    margin: 6px 0 0;
  }
  .note {
    margin: 12px 0 0;
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
