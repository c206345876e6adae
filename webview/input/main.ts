import '@vscode-elements/elements/dist/vscode-button/index.js';
import { InputApp } from './input-app.ts';

customElements.define('lathe-input', InputApp);
