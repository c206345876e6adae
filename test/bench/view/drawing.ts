import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ModelReader } from '../../../src/extension/editor/model-view.ts';
import { decodeModel } from '../../../src/engine/onnx/codec.ts';
import type { DrawableGraph } from '../../../src/protocol/drawable.ts';
import { modelOfNet } from '../../support/net-model.ts';
import { resNet } from '../../support/nets.ts';
import { type BenchContext, measured, median, wanted } from '../measure.ts';
import { type OpenPage, ViewBrowser } from './page.ts';
import { traceFrames } from './tracing.ts';

/** Blocks of a residual network that has about so many nodes, and how long it may take until it is seen. */
const sizes = [
  { nodes: 500, blocks: 66, limit: 150 },
  { nodes: 5_000, blocks: 665, limit: 1_000 },
  { nodes: 10_000, blocks: 1_333, limit: 2_000 },
  { nodes: 25_000, blocks: 3_330, limit: 5_000 },
] as const;

/** From a model's message to its picture, moving about in it, recolouring and searching. */
export async function drawing(bench: BenchContext): Promise<void> {
  const names = [...sizes.map(({ nodes }) => openName(nodes)), ...interactions, 'webview heap at 10,000 nodes'];
  if (!names.some((name) => wanted(bench, name))) return;
  const browser = await ViewBrowser.open();
  try {
    for (const { nodes, blocks, limit } of sizes) {
      await measured(bench, openName(nodes), () => opening(bench, browser, nodes, blocks, limit));
    }
    const { reader, graph } = generated(bench, 1_333);
    const open = await browser.page(reader, graph);
    await open.show();
    await settled(open);
    await movements(bench, browser, open);
    await reactions(bench, browser, open);
    await measured(bench, 'webview heap at 10,000 nodes', () => heap(bench, open));
    await open.close();
  } finally {
    await browser.close();
  }
}

const openName = (nodes: number): string => `message to first picture, ${nodes.toLocaleString('en')} flat nodes`;
const movingNames = { drag: 'panning, 10,000 nodes', wheel: 'zooming, 10,000 nodes' } as const;
const reactionNames = { overlay: 'recolouring by an overlay, 10,000 nodes', search: 'search, 10,000 nodes' } as const;
const interactions = [...Object.values(movingNames), ...Object.values(reactionNames)];

/** A generated network as a file, read as the extension reads it, with every node by itself: no groups. */
function generated(bench: BenchContext, blocks: number): { reader: ModelReader; graph: DrawableGraph } {
  const bytes = modelOfNet(resNet(blocks));
  writeFileSync(path.join(bench.scratch, `resnet-${blocks}.onnx`), bytes);
  const reader = new ModelReader(decodeModel(bytes), { name: `resnet-${blocks}.onnx`, bytes: bytes.length });
  const graph = reader.drawable();
  return { reader, graph: { ...graph, nodes: graph.nodes.map((node) => ({ ...node, group: -1 })), groups: [] } };
}

async function opening(bench: BenchContext, browser: ViewBrowser, nodes: number, blocks: number, limit: number): Promise<void> {
  const { reader, graph } = generated(bench, blocks);
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const open = await browser.page(reader, graph);
    times.push(await open.show());
    await open.close();
  }
  const value = median(times);
  const note = `median of 5, worst ${Math.max(...times).toFixed(0)} ms; ${graph.nodes.length} nodes, ${graph.edges.length} edges`;
  bench.report({ name: openName(nodes), value, unit: 'ms', goal: `<= ${limit} ms`, ok: value <= limit, note });
}

/** Until nothing more is painted. */
const settled = (open: OpenPage): Promise<void> => open.page.waitForTimeout(800);

async function movements(bench: BenchContext, browser: ViewBrowser, open: OpenPage): Promise<void> {
  const { page } = open;
  const box = (await page.locator('lathe-graph').boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  /** As many events as a hand makes, one a frame. */
  const drag = async (): Promise<void> => {
    await page.mouse.move(x + 150, y + 150);
    await page.mouse.down();
    for (let i = 0; i < 120; i++) {
      await page.mouse.move(x + 150 * Math.cos(i / 8), y + 150 * Math.sin(i / 8));
      await page.waitForTimeout(16);
    }
    await page.mouse.up();
  };
  const wheel = async (): Promise<void> => {
    await page.mouse.move(x, y);
    await page.keyboard.down('Control');
    for (let i = 0; i < 120; i++) {
      await page.mouse.wheel(0, i < 60 ? 40 : -40);
      await page.waitForTimeout(16);
    }
    await page.keyboard.up('Control');
  };
  for (const [name, act] of [
    [movingNames.drag, drag],
    [movingNames.wheel, wheel],
  ] as const) {
    await measured(bench, name, async () => {
      const { frames } = await traceFrames(browser.browser, page, act);
      const [usual, worst] = [median(frames), Math.max(...frames)];
      const note = `processor time of the main thread per frame, ${frames.length} frames, traced`;
      bench.report({ name: `${name}: median frame`, value: usual, unit: 'ms', goal: '<= 8 ms', ok: usual <= 8, note });
      bench.report({ name: `${name}: worst frame`, value: worst, unit: 'ms', goal: '<= 50 ms', ok: worst <= 50 });
    });
  }
}

async function reactions(bench: BenchContext, browser: ViewBrowser, open: OpenPage): Promise<void> {
  const { page } = open;
  const chooser = page.locator('select#overlay');
  const overlays = await chooser
    .locator('option')
    .evaluateAll((options) => options.map((option) => (option as unknown as { value: string }).value));
  const find = page.locator('input[aria-label="Find layers"]');
  /** All that the main thread does from the event until it rests. */
  const costs = async (act: (round: number) => Promise<unknown>): Promise<number> => {
    const rounds: number[] = [];
    for (let round = 0; round < 5; round++) {
      const { work } = await traceFrames(browser.browser, page, async () => {
        await act(round);
        await settled(open);
      });
      rounds.push(work);
    }
    return median(rounds);
  };
  const idle = await costs(async () => page.mouse.move(2, 2));
  const note = `processor time of the main thread until it rests, median of 5; idle for as long it takes ${idle.toFixed(1)} ms`;
  const report = (name: string, value: number): void => bench.report({ name, value, unit: 'ms', goal: '<= 50 ms', ok: value <= 50, note });
  await measured(bench, reactionNames.overlay, async () => {
    const choices = overlays.filter(Boolean).slice(0, 2);
    report(reactionNames.overlay, await costs((round) => chooser.selectOption(choices[round % choices.length]!)));
  });
  await measured(bench, reactionNames.search, async () => {
    const queries = ['Conv_1', 'Sum_2', 'Relu_3'];
    report(reactionNames.search, await costs((round) => find.fill(queries[round % queries.length]!)));
    await find.fill('');
  });
}

async function heap(bench: BenchContext, { tools }: OpenPage): Promise<void> {
  await tools.send('HeapProfiler.collectGarbage');
  const usage = (await tools.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
  const value = (usage.usedSize + (usage.backingStorageSize ?? 0)) / 2 ** 20;
  const note = "after collecting garbage; typed arrays included, the layout's worker not";
  bench.report({ name: 'webview heap at 10,000 nodes', value, unit: 'MiB', goal: '<= 250 MiB', ok: value <= 250, note });
}
