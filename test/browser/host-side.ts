// The host's half for views in a plain page: bundled by view-page.mjs, without an editor.
export { decodeModel } from '../../src/engine/onnx/codec.ts';
export { scanModel } from '../../src/engine/onnx/scan.ts';
export { ModelReader } from '../../src/extension/editor/model-view.ts';
export { pageHtml } from '../../src/extension/editor/page-html.ts';
export { Channel } from '../../src/protocol/transport.ts';
export { modelMessages } from '../../src/protocol/webview.ts';
export { compareRuns } from '../../src/engine/report/comparison.ts';
export { layoutPicture } from '../../src/engine/report/comparison-picture.ts';
export { runsMessages } from '../../src/protocol/runs-messages.ts';
export { Comparison } from '../../src/extension/compare/comparison.ts';
export { compareMessages } from '../../src/protocol/compare-messages.ts';
export { applyEdits } from '../../src/engine/recipe/edit-map.ts';
export { editLayers } from '../../src/engine/recipe/edit-layers.ts';
export { readLayers } from '../../src/engine/recipe/layer-entries.ts';
export { steps } from '../../src/engine/recipe/steps.ts';
export { findAction, offered } from '../../src/extension/steering/actions/index.ts';
export { recipeView } from '../../src/extension/steering/recipe-view.ts';
