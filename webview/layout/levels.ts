import type { LayoutInput } from './types.ts';

/**
 * The inside of one container. Its vertices are the boxes that lie in it, then the places in its border where lines come in and go out; what is
 * further inside belongs to the levels below.
 */
export interface Level {
  /** Box of the container, -1 for the whole drawing. */
  readonly container: number;
  readonly boxes: number[];
  /** Of each place in the border: 1 where its line goes out. */
  readonly goesOut: number[];
  /** Links between vertices, and for ends that are containers: the vertex of the level inside by which they go on, -1 for none. */
  readonly from: number[];
  readonly to: number[];
  readonly fromInside: number[];
  readonly toInside: number[];
  /** Lines: links of one number carry the same from the same vertex. */
  readonly line: number[];
}

/** All levels, each after those inside it, and for each edge the links it consists of, from its source to its target. */
export interface Levels {
  readonly levels: Level[];
  /** The level of a box's inside, -1 for boxes that are no containers. */
  readonly inside: Int32Array;
  /** Links of edge e: `level` and `link` from `starts[e]` to `starts[e + 1]`. */
  readonly starts: Uint32Array;
  readonly level: number[];
  readonly link: number[];
}

class Growing implements Level {
  readonly boxes: number[] = [];
  readonly goesOut: number[] = [];
  readonly from: number[] = [];
  readonly to: number[] = [];
  readonly fromInside: number[] = [];
  readonly toInside: number[] = [];
  readonly line: number[] = [];
  readonly #places = new Map<number, number>();
  readonly #links = new Map<string, number>();

  constructor(
    readonly container: number,
    readonly depth: number,
  ) {}

  /** The vertex in the border by which a line goes out, or comes in. */
  place(line: number, out: boolean): number {
    const key = line * 2 + Number(out);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.boxes.length + this.goesOut.push(Number(out)) - 1;
      this.#places.set(key, place);
    }
    return place;
  }

  linkOf(line: number, from: number, to: number, fromInside: number, toInside: number): number {
    const key = `${line} ${from} ${to}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = this.from.push(from) - 1;
      this.to.push(to);
      this.fromInside.push(fromInside);
      this.toInside.push(toInside);
      this.line.push(line);
      this.#links.set(key, link);
    }
    return link;
  }
}

/** Splits a drawing by its containers, and edges where they cross the border of one. */
export function splitLevels(input: LayoutInput): Levels {
  const { parent, container, edges } = input;
  const { levels, inside, at } = emptyLevels(parent, container);
  const outermost = levels.length - 1;
  const lines = numberLines(input);
  const starts = new Uint32Array(edges.length / 2 + 1);
  const [level, link]: number[][] = [[], []];
  const levelOf = (box: number): number => (parent[box]! < 0 ? outermost : inside[parent[box]!]!);
  for (let edge = 0; edge < lines.length; edge++) {
    const line = lines[edge]!;
    let [source, target] = [edges[edge * 2]!, edges[edge * 2 + 1]!];
    let [fromInside, toInside] = [-1, -1];
    const descent: { level: number; link: number }[] = [];
    const climb = (): void => {
      const index = levelOf(source);
      const here = levels[index]!;
      const place = here.place(line, true);
      level!.push(index);
      link!.push(here.linkOf(line, at[source]!, place, fromInside, -1));
      [source, fromInside] = [here.container, place];
    };
    const descend = (): void => {
      const index = levelOf(target);
      const here = levels[index]!;
      const place = here.place(line, false);
      descent.push({ level: index, link: here.linkOf(line, place, at[target]!, -1, toInside) });
      [target, toInside] = [here.container, place];
    };
    while (levelOf(source) !== levelOf(target)) {
      const [above, below] = [levels[levelOf(source)]!.depth, levels[levelOf(target)]!.depth];
      if (above >= below) climb();
      if (below >= above) descend();
    }
    const meeting = levelOf(source);
    level!.push(meeting);
    link!.push(levels[meeting]!.linkOf(line, at[source]!, at[target]!, fromInside, toInside));
    for (const step of descent.reverse()) {
      level!.push(step.level);
      link!.push(step.link);
    }
    starts[edge + 1] = level!.length;
  }
  return { levels, inside, starts, level: level!, link: link! };
}

function emptyLevels(parent: Int32Array, container: Uint8Array): { levels: Growing[]; inside: Int32Array; at: Int32Array } {
  const depths = depthsOf(parent);
  const containers = Array.from(container.keys()).filter((box) => container[box]);
  containers.sort((a, b) => depths[b]! - depths[a]! || a - b);
  const levels = [...containers.map((box) => new Growing(box, depths[box]! + 1)), new Growing(-1, 0)];
  const inside = new Int32Array(parent.length).fill(-1);
  containers.forEach((box, level) => (inside[box] = level));
  const at = Int32Array.from(parent, (around, box) => levels[around < 0 ? containers.length : inside[around]!]!.boxes.push(box) - 1);
  return { levels, inside, at };
}

/** How many containers lie around each box. */
function depthsOf(parent: Int32Array): Int32Array {
  const depth = new Int32Array(parent.length).fill(-1);
  const path: number[] = [];
  for (let box = 0; box < parent.length; box++) {
    let at = box;
    for (; at >= 0 && depth[at]! < 0; at = parent[at]!) path.push(at);
    for (let known = at < 0 ? -1 : depth[at]!; path.length > 0;) depth[path.pop()!] = ++known;
  }
  return depth;
}

/** A number for each edge, the same for edges of one box that carry the same. */
function numberLines({ edges, values }: LayoutInput): Int32Array {
  const lines = new Int32Array(edges.length / 2);
  const known = new Map<string, number>();
  for (let edge = 0; edge < lines.length; edge++) {
    const key = values ? `${edges[edge * 2]} ${values[edge]}` : String(edge);
    let line = known.get(key);
    if (line === undefined) known.set(key, (line = known.size));
    lines[edge] = line;
  }
  return lines;
}
