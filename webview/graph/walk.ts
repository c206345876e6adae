import type { Arranged } from './picture.ts';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The box to go to from another by an arrow key; the same where there is none. Up and down follow edges, left and right go along the row. */
export function step(arranged: Arranged, from: number, direction: Direction): number {
  const candidates =
    direction === 'up' || direction === 'down' ? alongEdges(arranged, from, direction) : alongRow(arranged, from, direction);
  const { x, width } = arranged.layout;
  const center = (box: number): number => x[box]! + width[box]! / 2;
  let best = from;
  for (const box of candidates) {
    if (best === from || Math.abs(center(box) - center(from)) < Math.abs(center(best) - center(from))) best = box;
  }
  return best;
}

function alongEdges({ scene }: Arranged, from: number, direction: 'up' | 'down'): number[] {
  const [here, there] = direction === 'down' ? (['from', 'to'] as const) : (['to', 'from'] as const);
  return scene.edges.filter((edge) => edge[here] === from && edge[there] !== from).map((edge) => edge[there]);
}

/** Boxes beside this one: some part at the same height, or joined to the same box. */
function alongRow({ scene, layout, boxIndex }: Arranged, from: number, direction: 'left' | 'right'): number[] {
  const { x, y, width, height } = layout;
  const center = (box: number): number => x[box]! + width[box]! / 2;
  const beside = new Set<number>();
  boxIndex.search(-Infinity, y[from]!, Infinity, y[from]! + height[from]!, (box) => beside.add(box));
  const joined = (end: 'from' | 'to', other: 'from' | 'to'): void => {
    const ends = new Set(scene.edges.filter((edge) => edge[end] === from).map((edge) => edge[other]));
    for (const edge of scene.edges) if (ends.has(edge[other])) beside.add(edge[end]);
  };
  joined('from', 'to');
  joined('to', 'from');
  return [...beside].filter(
    (box) =>
      !scene.boxes[box]!.container && box !== from && (direction === 'left' ? center(box) < center(from) : center(box) > center(from)),
  );
}
