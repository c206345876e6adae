import '@vscode-elements/elements/dist/vscode-button/index.js';
import { PruningApp } from './pruning-app.ts';
import { PruningGroups } from './pruning-groups.ts';
import { PruningTotals } from './pruning-totals.ts';

customElements.define('lathe-pruning-totals', PruningTotals);
customElements.define('lathe-pruning-groups', PruningGroups);
customElements.define('lathe-pruning', PruningApp);
