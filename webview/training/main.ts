import '@vscode-elements/elements/dist/vscode-button/index.js';
import { CurvePicture } from './curve-picture.ts';
import { CurveTable } from './curve-table.ts';
import { RoundsPicture } from './rounds-picture.ts';
import { RoundsTable } from './rounds-table.ts';
import { TrainingApp } from './training-app.ts';

customElements.define('lathe-curve-picture', CurvePicture);
customElements.define('lathe-curve-table', CurveTable);
customElements.define('lathe-rounds-picture', RoundsPicture);
customElements.define('lathe-rounds-table', RoundsTable);
customElements.define('lathe-training', TrainingApp);
