/**
 * `import … from 'vscode'` in an ES module as a call of require: the extension host answers that one at once, and an import only
 * through its loader's thread.
 */
export const hostModule = {
  name: 'host-module',
  setup(builder) {
    builder.onResolve({ filter: /^vscode$/ }, ({ path, namespace }) =>
      namespace === 'host-module' ? { path, external: true } : { path, namespace: 'host-module' },
    );
    builder.onLoad({ filter: /.*/, namespace: 'host-module' }, () => ({ contents: "module.exports = require('vscode');" }));
  },
};
