// The rooms and who may import whom: ARCHITECTURE.md, "Invariants". Checked by `npm run rules`.
const engine = (...rooms) => `^src/engine/(${rooms.join('|')})`;
const light = [
  'base',
  'onnx',
  'xir',
  'containers',
  'ops',
  'drawing',
  'overlays',
  'architectures',
  'recipe',
  'fit/boards[.]ts',
  'targets/[^/]+/(limits|verdict)[.]ts',
  'targets/(index|limits|verdicts|boards|deploy-settings|compile-plan|run-plan)[.]ts',
];

/** From the bottom up; a room may import only what stands above it in this list. */
const layers = [
  ['base'],
  ['onnx'],
  ['xir', 'containers'],
  ['ops'],
  ['targets/'],
  ['drawing', 'overlays', 'architectures'],
  ['runtime', 'data', 'transport'],
  ['statistics'],
  ['layerwise'],
  ['calibrate', 'evaluate', 'simplify', 'autodiff'],
  ['chain'],
  ['fit'],
  ['train'],
  ['prune'],
  ['quantize'],
  ['qat'],
  ['sensitivity'],
  ['search'],
  ['joint'],
  ['report'],
  ['pipeline'],
  ['api[.]ts'],
];
const upwards = layers.slice(0, -1).map((rooms, i) => ({
  name: `downwards-only-from-${rooms.join('-').replaceAll(/[^a-z-]/g, '')}`,
  comment: 'Inside the engine, rooms import downwards only.',
  severity: 'error',
  from: { path: engine(...rooms) },
  to: { path: engine(...layers.slice(i + 1).flat()) },
}));

export default {
  forbidden: [
    ...upwards,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'engine-stands-alone',
      comment: 'The engine imports no other room and no vscode; protocol only as types.',
      severity: 'error',
      from: { path: '^src/engine' },
      to: { path: '^(src/(extension|cli|worker)|webview|language-server|node_modules/vscode|vscode$)' },
    },
    {
      name: 'engine-takes-only-types-of-protocol',
      severity: 'error',
      from: { path: '^src/engine' },
      to: { path: '^src/protocol', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'one-door-to-onnxruntime',
      comment: 'Only runtime/ imports onnxruntime-node.',
      severity: 'error',
      from: { path: '^(src|language-server|webview)', pathNot: '^src/engine/runtime/' },
      to: { path: 'node_modules/onnxruntime-' },
    },
    {
      name: 'one-door-to-processes',
      comment: 'In the engine only transport/ starts other programs.',
      severity: 'error',
      from: { path: '^src/engine', pathNot: '^src/engine/transport/' },
      to: { path: '^(node:)?child_process$' },
    },
    {
      name: 'light-rooms-stay-light',
      comment: 'What the editor loads at start-up and the language server reads never reaches ONNX Runtime, even indirectly.',
      severity: 'error',
      from: { path: [engine(...light), '^src/extension/extension[.]ts', '^language-server/service'] },
      to: { reachable: true, path: 'node_modules/onnxruntime-|^src/engine/runtime/ort-node' },
    },
    {
      name: 'lists-stay-light',
      comment: 'A list of methods is read by recipe, CLI and editor: it must not reach ONNX Runtime.',
      severity: 'error',
      from: {
        path: '^src/engine/(calibrate|fit|quantize|prune|train|qat|joint|evaluate|sensitivity|search|targets)/(index|boards|step|auto-step)[.]ts',
      },
      to: { reachable: true, path: 'node_modules/onnxruntime-' },
    },
    {
      name: 'recipe-runs-nothing',
      severity: 'error',
      from: { path: '^src/engine/recipe' },
      to: { path: engine('pipeline', 'report', 'runtime/ort') },
    },
    {
      name: 'protocol-is-types',
      severity: 'error',
      from: { path: '^src/protocol' },
      to: { path: '^(src/(engine|extension|cli|worker)|webview)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'webview-sees-protocol-only',
      severity: 'error',
      from: { path: '^webview' },
      to: { path: '^(src/(engine|extension|cli|worker)|language-server)' },
    },
    {
      name: 'hosts-use-the-door',
      comment: 'Extension, worker and CLI use api.ts, the light rooms and the worker client; nothing that runs models.',
      severity: 'error',
      from: { path: '^src/(extension|cli|worker)' },
      to: {
        path: '^src/engine',
        pathNot: [
          '^src/engine/api[.]ts',
          engine(...light),
          '^src/engine/[^/]+/(index|step|source)[.]ts',
          '^src/engine/data/(types|input-settings)[.]ts',
          '^src/engine/transport/quote[.]ts',
        ],
      },
    },
    {
      name: 'vscode-only-in-extension',
      severity: 'error',
      from: { path: '^(src|webview|language-server)', pathNot: '^src/extension' },
      to: { path: '^vscode$' },
    },
    {
      name: 'not-to-dev-dependencies',
      severity: 'error',
      from: { path: '^(src|webview|language-server)' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: '@types/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mjs', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
