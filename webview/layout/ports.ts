import type { ProperGraph } from './proper-graph.ts';

/** Where an edge meets its box as a fraction of its width, below 1 either way: the order of edges at one box counts like that of boxes. */
export const portOffset = (width: number, x: number): number => (x === 0 ? 0 : (0.9 * x) / width);

/** Both ends of edges for `place`: place[tail] + tailPort[edge]. */
export function portOffsets({ width, tail, head, tailX, headX }: ProperGraph): { tailPort: Float64Array; headPort: Float64Array } {
  return {
    tailPort: tailX.map((x, edge) => portOffset(width[tail[edge]!]!, x)),
    headPort: headX.map((x, edge) => portOffset(width[head[edge]!]!, x)),
  };
}
