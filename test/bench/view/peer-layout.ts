import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { dagreLines, inputOf } from '../../support/drawing-quality.ts';
import { resNet } from '../../support/nets.ts';

const packages = { dagre: '@dagrejs/dagre', elk: 'elkjs' } as const;

export function peerVersion(peer: keyof typeof packages): string {
  return (JSON.parse(readFileSync(path.join('node_modules', packages[peer], 'package.json'), 'utf8')) as { version: string }).version;
}

interface Elk {
  layout(graph: object): Promise<unknown>;
}

/** One layout by a peer, in milliseconds, its own start left out. */
export async function timePeer(peer: keyof typeof packages, blocks: number): Promise<number> {
  const input = inputOf(resNet(blocks));
  if (peer === 'dagre') {
    dagreLines(inputOf(resNet(1)));
    const begin = performance.now();
    dagreLines(input);
    return performance.now() - begin;
  }
  const Elk = createRequire(path.resolve('package.json'))('elkjs') as new () => Elk;
  const elk = new Elk();
  const ids = Array.from(input.width.keys());
  const layoutOptions = { 'elk.algorithm': 'layered', 'elk.direction': 'DOWN' };
  const edges = Array.from({ length: input.edges.length / 2 }, (_, edge) => ({
    id: `e${edge}`,
    sources: [String(input.edges[edge * 2])],
    targets: [String(input.edges[edge * 2 + 1])],
  }));
  const children = ids.map((id) => ({ id: String(id), width: input.width[id]!, height: input.height[id]! }));
  await elk.layout({ id: 'small', layoutOptions, children: [{ id: 'a', width: 10, height: 10 }], edges: [] });
  const begin = performance.now();
  await elk.layout({ id: 'root', layoutOptions, children, edges });
  return performance.now() - begin;
}

// In a process of its own, from layouts.ts: a peer that overflows its stack or takes for ever ends nothing else.
if (process.argv[1] && pathToFileURL(process.argv[1]).href.endsWith('/peer-layout.ts')) {
  const milliseconds = await timePeer(process.argv[2] as keyof typeof packages, Number(process.argv[3]));
  process.stdout.write(`${JSON.stringify({ milliseconds })}\n`);
}
