import '@vscode-elements/elements/dist/vscode-button/index.js';
import { GraphView } from '../graph/graph-view.ts';
import { Splitter } from '../model/splitter.ts';
import '../overlays/index.ts';
import { ChangeTable } from './change-table.ts';
import { CompareApp } from './compare-app.ts';
import { ErrorStrip } from './error-strip.ts';
import { PairPanel } from './pair-panel.ts';
import { Panes } from './panes.ts';

customElements.define('lathe-graph', GraphView);
customElements.define('lathe-splitter', Splitter);
customElements.define('lathe-panes', Panes);
customElements.define('lathe-error-strip', ErrorStrip);
customElements.define('lathe-change-table', ChangeTable);
customElements.define('lathe-pair-panel', PairPanel);
customElements.define('lathe-compare', CompareApp);
