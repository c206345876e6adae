import '@vscode-elements/elements/dist/vscode-button/index.js';
import { LayerDetailView } from './layer-detail.ts';
import { LayerTable } from './layer-table.ts';
import { ModelApp } from './model-app.ts';

customElements.define('lathe-layer-table', LayerTable);
customElements.define('lathe-layer-detail', LayerDetailView);
customElements.define('lathe-model', ModelApp);
