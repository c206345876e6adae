import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ModelReader } from '../../../src/extension/editor/model-view.ts';
import { scanModel } from '../../../src/engine/onnx/scan.ts';
import { buildScene } from '../../../webview/graph/scene.ts';
import { layout } from '../../../webview/layout/layout.ts';
import type { LayoutInput } from '../../../webview/layout/types.ts';
import { crossings, dagreLines, inputOf, linesOf, totalLength } from '../../support/drawing-quality.ts';
import { resNet } from '../../support/nets.ts';
import { type BenchContext, measured, median, wanted } from '../measure.ts';
import { measureProcess } from '../process.ts';
import { peerVersion } from './peer-layout.ts';

/** The layout alone: how good beside dagre on real models, how fast beside dagre and elk. */
export async function layouts(bench: BenchContext): Promise<void> {
  if (bench.zoo) await measured(bench, qualityName, () => quality(bench, bench.zoo!));
  else bench.skip(qualityName, 'the folder of real models is not there (LATHE_ZOO names it)');
  for (const blocks of [66, 665, 1_333]) await speed(bench, blocks);
}

const qualityName = 'layout beside dagre on real models';
/** dagre takes minutes beyond. */
const mostEdges = 600;

async function quality(bench: BenchContext, zoo: string): Promise<void> {
  const rows: { name: string; ours: [number, number]; dagre: [number, number] }[] = [];
  for (const file of readdirSync(zoo, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!/^(models|graphs)\/.*[.]onnx$/.test(file)) continue;
    const input = await flatInput(path.join(zoo, file));
    if (input.edges.length > 2 * mostEdges || input.edges.length === 0) continue;
    const [ours, theirs] = [linesOf(layout(input)), dagreLines(input)];
    rows.push({
      name: path.basename(file, '.onnx'),
      ours: [crossings(ours, input.edges), totalLength(ours)],
      dagre: [crossings(theirs, input.edges), totalLength(theirs)],
    });
  }
  const peer = (value: number): { name: string; version: string; value: number } => ({
    name: 'dagre',
    version: peerVersion('dagre'),
    value,
  });
  const total = (side: 'ours' | 'dagre', what: 0 | 1): number => rows.reduce((sum, row) => sum + row[side][what], 0);
  const worst = rows.reduce((a, b) => (a.ours[1] / a.dagre[1] > b.ours[1] / b.dagre[1] ? a : b));
  const [crossed, dagreCrossed, length, dagreLength] = [total('ours', 0), total('dagre', 0), total('ours', 1), total('dagre', 1)];
  bench.report({
    name: `${qualityName}: crossings`,
    value: crossed,
    unit: 'crossings',
    goal: "<= 1.1 x dagre's on each",
    ok: rows.every(({ ours, dagre }) => ours[0] <= 1.1 * dagre[0]),
    peer: peer(dagreCrossed),
    ...(dagreCrossed > 0 ? { ratio: crossed / dagreCrossed } : {}),
    note: `${rows.length} models, together; more than dagre on ${rows.filter(({ ours, dagre }) => ours[0] > dagre[0]).length}`,
  });
  bench.report({
    name: `${qualityName}: length of edges`,
    value: length,
    unit: 'px',
    goal: "<= 1.1 x dagre's on each",
    ok: rows.every(({ ours, dagre }) => ours[1] <= 1.1 * dagre[1]),
    peer: peer(dagreLength),
    ratio: length / dagreLength,
    note: `${rows.length} models, together; worst ratio ${(worst.ours[1] / worst.dagre[1]).toFixed(2)} (${worst.name})`,
  });
}

/** A model as the view lays it out when no group is folded to a box nor drawn as a frame: dagre's frames are another matter. */
async function flatInput(file: string): Promise<LayoutInput> {
  const graph = new ModelReader(await scanModel(file), { name: path.basename(file), bytes: 0 }).drawable();
  const flat = { ...graph, groups: [], nodes: graph.nodes.map((node) => ({ ...node, group: -1 })) };
  return buildScene(flat, new Set(), (text) => text.length * 7).input;
}

async function speed(bench: BenchContext, blocks: number): Promise<void> {
  const input = inputOf(resNet(blocks));
  const nodes = (Math.round(input.width.length / 100) * 100).toLocaleString('en');
  const name = `layout alone, ${nodes} nodes`;
  if (!wanted(bench, name)) return;
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const begin = performance.now();
    layout(input);
    times.push(performance.now() - begin);
  }
  const value = median(times);
  bench.report({
    name,
    value,
    unit: 'ms',
    note: `median of 5, first ${times[0]!.toFixed(0)} ms; residual network, ${input.edges.length / 2} edges`,
  });
  for (const peer of ['dagre', 'elk'] as const) {
    const title = `${name}, beside ${peer}`;
    try {
      const { stdout } = await measureProcess(
        process.execPath,
        ['scripts/run-ts.mjs', 'test/bench/view/peer-layout.ts', peer, String(blocks)],
        {
          timeoutSeconds: 120,
        },
      );
      const { milliseconds } = JSON.parse(stdout.trim().split('\n').pop()!) as { milliseconds: number };
      bench.report({
        name: title,
        value,
        unit: 'ms',
        peer: { name: peer, version: peerVersion(peer), value: milliseconds },
        ratio: value / milliseconds,
      });
    } catch (error) {
      const reason =
        /RangeError[^\n]*|Maximum call stack[^\n]*|StackOverflow[^\n]*/.exec((error as Error).message)?.[0] ?? 'no layout within 120 s';
      bench.skip(title, `${peer} ${peerVersion(peer)} fails: ${reason}`);
    }
  }
}
