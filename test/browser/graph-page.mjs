// The graph view alone in a plain page: no model around it, any graph in it.
import path from 'node:path';
import { build } from 'esbuild';
import { workerText } from '../../scripts/worker-text.mjs';
import { openView } from './view-page.mjs';

const root = path.join(import.meta.dirname, '../..');

/** Builds the element by itself; the name of the bundle for `openView`. */
export async function graphBundle(name = `graph-page-${process.pid}`) {
  await build({
    stdin: {
      contents: `import { GraphView } from './webview/graph/graph-view.ts';
        import { textMeasure } from './webview/graph/measure.ts';
        import { groupsOpenAtFirst } from './webview/graph/open-groups.ts';
        customElements.define('lathe-graph', GraphView);
        Object.assign(window, { groupsOpenAtFirst, textMeasure });`,
      resolveDir: root,
      loader: 'ts',
    },
    outfile: path.join(root, `out/${name}.js`),
    bundle: true,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    plugins: [workerText],
    logLevel: 'warning',
  });
  return `../out/${name}`;
}

/** A page with a graph that answers selections and folds as the model view does. What it fires is kept in `events`. */
export async function openGraph(browser, side, bundle, graph, options = {}) {
  const view = await openView(browser, side, { element: 'lathe-graph', ...options, bundle, connect: () => {} });
  const events = [];
  await view.page.exposeFunction('latheFired', (kind, detail) => events.push({ kind, detail }));
  await view.page.evaluate(
    ({ graph, set }) =>
      new Promise((resolve) => {
        const element = document.querySelector('lathe-graph');
        element.style.height = '100vh';
        const fired = ({ type, detail }) => void window.latheFired(type, detail ?? null);
        for (const kind of ['select', 'fold', 'camera', 'menu', 'drawn']) element.addEventListener(kind, fired);
        element.addEventListener('select', ({ detail }) => (element.selected = detail));
        element.addEventListener('fold', ({ detail: { group, open } }) => {
          const groups = new Set(element.open ?? window.groupsOpenAtFirst(element.graph));
          if (open) groups.add(group);
          else groups.delete(group);
          element.open = groups;
        });
        element.addEventListener('drawn', resolve, { once: true });
        Object.assign(element, set, { graph });
      }),
    { graph, set: options.set ?? {} },
  );
  return { ...view, events };
}
