import '@vscode-elements/elements/dist/vscode-button/index.js';
import { LayerDetailView } from './layer-detail.ts';
import { LayerTable } from './layer-table.ts';
import { ModelApp } from './model-app.ts';
import { OverlayBar } from './overlay-bar.ts';

customElements.define('lathe-layer-table', LayerTable);
customElements.define('lathe-layer-detail', LayerDetailView);
customElements.define('lathe-overlay-bar', OverlayBar);
customElements.define('lathe-model', ModelApp);
