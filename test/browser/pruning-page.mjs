// The preview of pruning in a plain page, for tests and benchmarks.
import { openView } from './view-page.mjs';

/** A chain of convolutions 3×3 on 32×32: layer i makes group i and reads the one before. `channels` by group. */
export function chain(channels, { importance = false, name = (i) => `/layer${i}/conv/Conv`, kept = [] } = {}) {
  const group = (i) => ({
    name: name(i),
    channels: channels[i],
    minimum: 1,
    makers: i === 1 ? [name(i), '/layer1/shortcut/Conv'] : [name(i)],
    readers: [name(i + 1)],
    ...(importance ? { importance: Array.from({ length: channels[i] }, (_, c) => 1 / (1 + ((c * 7) % channels[i]))) } : {}),
  });
  const extents = (i) => [
    ...(i < channels.length ? [{ fixed: 0, groups: [[i, 1]] }] : []),
    ...(i > 0 ? [{ fixed: 0, groups: [[i - 1, 1]] }] : []),
  ];
  const elements = (i) => 9 * (channels[i] ?? 10) * (channels[i - 1] ?? 3);
  const layers = Array.from({ length: channels.length + 1 }, (_, i) => ({ name: name(i), op: 'Conv', macs: elements(i) * 1024, extents: extents(i) })); // prettier-ignore
  return {
    groups: channels.map((_, i) => group(i)),
    kept,
    layers,
    tensors: layers.map((layer, i) => ({ layer: layer.name, elements: elements(i), bytes: 4, extents: layer.extents })),
  };
}

export const question = {
  model: 'resnet20.onnx',
  choice: { goal: 'channels', amount: 0.5, roundTo: 1, groups: [] },
  multiples: [1, 4, 8, 16],
  target: "This computer's CPU",
  layers: [],
  verb: 'Prune',
};

/** Opens the page on a profile, or on a failure. `said`: what it has answered. */
export async function openPruning(browser, side, { profile, asked = question, failed, ...options }) {
  const said = [];
  const messages = side.pruningMessages;
  const view = await openView(browser, side, {
    bundle: 'pruning-view',
    element: 'lathe-pruning',
    size: [960, 700],
    ...options,
    connect(channel) {
      channel.onNotice(messages.ready, () => {
        channel.tell(messages.start, asked);
        if (failed) channel.tell(messages.failed, failed);
        else if (profile) channel.tell(messages.profile, profile);
      });
      channel.onNotice(messages.accept, (choice) => said.push(choice));
      channel.onNotice(messages.cancel, () => said.push('cancel'));
    },
  });
  const { page } = view;
  return { ...view, said, totals: page.locator('lathe-pruning-totals'), rows: page.locator('lathe-pruning-groups tbody tr'), slider: page.locator('#amount') }; // prettier-ignore
}
