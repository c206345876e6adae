import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    position: relative;
    overflow: hidden;
    min-width: 0;
    background: var(--vscode-editor-background);
  }
  #picture {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    touch-action: none;
    user-select: none;
  }
  #picture:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: -1px;
  }
  #minimap {
    position: absolute;
    right: 12px;
    bottom: 12px;
    touch-action: none;
    cursor: pointer;
    border-radius: 4px;
    background: color-mix(in srgb, var(--vscode-editorWidget-background) 88%, transparent);
    border: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
  }
  #hover {
    position: absolute;
    left: 0;
    top: 0;
    max-width: min(420px, 80%);
    padding: 4px 8px;
    pointer-events: none;
    overflow-wrap: anywhere;
    border-radius: 3px;
    color: var(--vscode-editorHoverWidget-foreground, var(--vscode-foreground));
    background: var(--vscode-editorHoverWidget-background, var(--vscode-editorWidget-background));
    border: 1px solid var(--vscode-editorHoverWidget-border, var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent)));
    box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent);
  }
  #hover div:first-child {
    font-weight: 600;
  }
  #said {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .notice {
    position: absolute;
    left: 50%;
    top: 24px;
    transform: translateX(-50%);
    padding: 8px 14px;
    border-radius: 4px;
    background: var(--vscode-editorWidget-background);
    border: 1px solid var(--vscode-editorWidget-border, var(--vscode-contrastBorder, transparent));
  }
  .notice button {
    font: inherit;
    margin-left: 10px;
    padding: 2px 10px;
    color: var(--vscode-button-secondaryForeground);
    background: var(--vscode-button-secondaryBackground);
    border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, transparent));
    border-radius: 2px;
    cursor: pointer;
  }
  .notice button:focus-visible {
    outline: 1px solid var(--vscode-focusBorder);
    outline-offset: 1px;
  }
  [hidden] {
    display: none;
  }
`;
