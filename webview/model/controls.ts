import { css } from 'lit';

/** Looks of buttons and fields that the parts of the editor share: VS Code's own, for every kind of theme. */
export const controlStyles = css`
  .tool {
    all: unset;
    box-sizing: border-box;
    display: inline-flex;
    align-items: center;
    gap: 4px;
    min-width: 26px;
    min-height: 26px;
    padding: 0 5px;
    justify-content: center;
    border-radius: 4px;
    color: var(--vscode-icon-foreground, var(--vscode-foreground));
    cursor: pointer;
    white-space: nowrap;
    user-select: none;
  }
  .tool:hover {
    background: var(--vscode-toolbar-hoverBackground, var(--vscode-list-hoverBackground));
    outline: 1px dashed var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }
  .tool[aria-expanded='true'],
  .tool[aria-pressed='true'] {
    background: var(--vscode-inputOption-activeBackground, var(--vscode-toolbar-activeBackground, var(--vscode-list-hoverBackground)));
    color: var(--vscode-inputOption-activeForeground, var(--vscode-foreground));
    outline: 1px solid var(--vscode-contrastActiveBorder, transparent);
    outline-offset: -1px;
  }
  .tool[aria-disabled='true'] {
    opacity: 0.5;
    cursor: default;
  }
  .tool:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  .icon {
    display: inline-flex;
  }
  .icon svg {
    width: 16px;
    height: 16px;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
`;
