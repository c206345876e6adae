import '@vscode-elements/elements/dist/vscode-button/index.js';
import { CurvePicture } from './curve-picture.ts';
import { CurveTable } from './curve-table.ts';
import { TrainingApp } from './training-app.ts';

customElements.define('lathe-curve-picture', CurvePicture);
customElements.define('lathe-curve-table', CurveTable);
customElements.define('lathe-training', TrainingApp);
