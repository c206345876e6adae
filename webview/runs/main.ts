import '@vscode-elements/elements/dist/vscode-button/index.js';
import { BudgetPictureElement } from './budget-picture.ts';
import { RunsApp } from './runs-app.ts';
import { RunsCurves } from './runs-curves.ts';
import { RunsScatter } from './runs-scatter.ts';
import { RunsTable } from './runs-table.ts';

customElements.define('lathe-runs-curves', RunsCurves);
customElements.define('lathe-runs-scatter', RunsScatter);
customElements.define('lathe-runs-table', RunsTable);
customElements.define('lathe-budget-picture', BudgetPictureElement);
customElements.define('lathe-runs', RunsApp);
