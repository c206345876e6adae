import '@vscode-elements/elements/dist/vscode-button/index.js';
import { LayerDetailView } from '../detail/layer-detail.ts';
import { GraphView } from '../graph/graph-view.ts';
import { LayerTable } from './layer-table.ts';
import { ModelApp } from './model-app.ts';
import '../overlays/index.ts';

customElements.define('lathe-graph', GraphView);
customElements.define('lathe-layer-table', LayerTable);
customElements.define('lathe-layer-detail', LayerDetailView);
customElements.define('lathe-model', ModelApp);
