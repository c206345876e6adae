import fs from 'node:fs';
import path from 'node:path';
import { openView } from './view-page.mjs';

/**
 * The comparison of two files in a plain page. `document`: what measuring answers; without it nothing can be measured. What the view asks the host to do
 * is in `told`; `waits`: it stays with the files until the test shows the comparison.
 */
export async function openComparison(browser, side, a, b, { document, waits, ...options } = {}) {
  const source = async (file) => ({ model: await side.scanModel(file), fileBytes: fs.statSync(file).size, name: path.basename(file) });
  const comparison = await side.Comparison.of(await source(a), await source(b), new AbortController().signal);
  const file = (name) => ({ uri: `file://${name}`, name: path.basename(name), place: '', opens: true });
  const told = [];
  const asked = { quantizers: 0 };
  const view = await openView(browser, side, {
    bundle: 'compare-view',
    element: 'lathe-compare',
    ...options,
    connect(channel) {
      const { compareMessages: messages } = side;
      let weights;
      channel.onNotice(messages.ready, async () => {
        channel.tell(messages.files, {
          a: file(a),
          b: file(b),
          canMeasure: document !== undefined,
        });
        if (waits) return;
        channel.tell(messages.show, { diff: comparison.view });
        await comparison.weightErrors(new AbortController().signal, (overlay) => (weights = overlay));
        channel.tell(messages.overlays, { overlays: weights.values.length ? [weights] : [], warnings: [] });
      });
      channel.onQuestion(messages.quantizers, () => (asked.quantizers++, comparison.withQuantizers()));
      channel.onQuestion(messages.pane, ({ side: which, quantizers }) => comparison.pane(which, quantizers));
      channel.onQuestion(messages.detail, async ({ node }) => ({
        ...(await comparison.detail(node)),
        fixes: [{ action: 'keep-float', label: 'Keep in float' }],
      }));
      channel.onQuestion(messages.values, ({ node }) => comparison.values(node, new AbortController().signal));
      channel.onNotice(messages.measure, () => {
        channel.tell(messages.measuring, { measuring: { text: 'picture 3 of 8', fraction: 0.4 } });
        setTimeout(() => {
          channel.tell(messages.measuring, { measuring: null });
          const overlays = comparison.measured(document);
          channel.tell(messages.overlays, { overlays: [...overlays, weights], show: overlays[0].id, warnings: document.warnings });
        }, 300);
      });
      for (const name of ['fix', 'open', 'cancel', 'reload']) channel.onNotice(messages[name], (body) => told.push({ name, ...body }));
    },
  });
  return { ...view, comparison, told, asked };
}
