/** `import … from 'vscode'` in an ES module as a call of require, which every extension host answers. */
export const hostModule = {
  name: 'host-module',
  setup(builder) {
    builder.onResolve({ filter: /^vscode$/ }, ({ path, namespace }) =>
      namespace === 'host-module' ? { path, external: true } : { path, namespace: 'host-module' },
    );
    builder.onLoad({ filter: /.*/, namespace: 'host-module' }, () => ({ contents: "module.exports = require('vscode');" }));
  },
};
