import type { ScatterLayout, ScatterMark, ScatterTick } from '../../protocol/scatter.ts';
import { logTicks, scale, ticks, widened } from './axis.ts';

export interface ScatterRequest {
  readonly width: number;
  readonly height: number;
  /** `x` is above 0 and drawn by its logarithm; `interval` are ends around `y`, those that are not finite are not drawn. */
  readonly points: readonly {
    readonly name: string;
    readonly x: number;
    readonly y: number;
    readonly interval?: readonly [number, number];
  }[];
  /** By rising `x`. */
  readonly front: readonly { readonly x: number; readonly y: number }[];
  readonly xText: (x: number) => string;
  readonly yText: (y: number) => string;
}

/** Room for the axes' figures and for marks at the edge. */
const margin = { left: 62, right: 24, top: 14, bottom: 34 };
/** Of the picture's text at 11 px: a sign's mean width, a line's height. */
const [signWidth, lineHeight, longestLabel] = [6.1, 13, 36];
const markRadius = 6;

/** Lays points out with axes that fit them. Points whose figures are not finite are left out. */
export function layoutScatter({ width, height, points, front, xText, yText }: ScatterRequest): ScatterLayout {
  const drawn = [...points.keys()].filter((i) => points[i]!.x > 0 && Number.isFinite(points[i]!.x) && Number.isFinite(points[i]!.y));
  const line = front.filter(({ x, y }) => x > 0 && Number.isFinite(x) && Number.isFinite(y));
  const area = { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
  const xs = [...drawn.map((i) => points[i]!.x), ...line.map(({ x }) => x)].map(Math.log10);
  const ends = drawn.flatMap((i) => (points[i]!.interval ?? []).filter(Number.isFinite));
  const ys = [...drawn.map((i) => points[i]!.y), ...line.map(({ y }) => y), ...ends];
  const [xSpan, ySpan] = [widened(xs, 0.02), widened(ys, 1)];
  const px = scale(xSpan, area.left, area.right);
  const py = scale(ySpan, area.bottom, area.top);
  const marks = drawn.map((i): ScatterMark => {
    const { x, y, interval } = points[i]!;
    const [low, high] = (interval ?? []).map((end) => py(Number.isFinite(end) ? end : y));
    const whisker = low === undefined || high === undefined ? {} : { whisker: { from: low, to: high } };
    return { index: i, x: px(Math.log10(x)), y: py(y), ...whisker };
  });
  const corners = line.map(({ x, y }): [number, number] => [px(Math.log10(x)), py(y)]);
  return {
    width,
    height,
    area,
    xTicks: apart(logTicks(10 ** xSpan[0], 10 ** xSpan[1]).map((value) => ({ at: px(Math.log10(value)), text: xText(value) }))),
    yTicks: ticks(...ySpan, 5).map((value) => ({ at: py(value), text: yText(value) })),
    marks: labelled(
      marks,
      points.map(({ name }) => name),
      corners,
      area,
    ),
    front: corners,
  };
}

/** Without those whose text would touch the one before. */
function apart(all: readonly ScatterTick[]): ScatterTick[] {
  const kept: ScatterTick[] = [];
  for (const tick of all) {
    const last = kept.at(-1);
    if (!last || tick.at - last.at > ((tick.text.length + last.text.length) / 2) * signWidth + 10) kept.push(tick);
  }
  return kept;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const overlap = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Each name on the first side of its mark where it touches no other mark, no other name and no edge. */
function labelled(marks: readonly ScatterMark[], names: readonly string[], line: ScatterLayout['front'], area: Box): ScatterMark[] {
  const around = (x: number, y: number, radius: number): Box => ({
    left: x - radius,
    right: x + radius,
    top: y - radius,
    bottom: y + radius,
  });
  const taken = marks.map(({ x, y }) => around(x, y, markRadius));
  const drawn = line.flatMap((corner, i) => dots(line[i - 1] ?? corner, corner).map(([x, y]) => around(x, y, 1)));
  return marks.map((mark) => {
    const name = names[mark.index]!;
    const text = name.length > longestLabel ? `${name.slice(0, longestLabel - 1)}…` : name;
    const free: ReturnType<typeof places> = [];
    for (const { label, box } of places(mark, text)) {
      const outside = box.left < area.left || box.right > area.right + margin.right || box.top < 0 || box.bottom > area.bottom;
      if (outside || taken.some((other) => overlap(other, box))) continue;
      free.push({ label, box });
    }
    // Text on the line is read with effort, but better than none.
    const best = free.find(({ box }) => !drawn.some((dot) => overlap(dot, box))) ?? free[0];
    if (!best) return mark;
    taken.push(best.box);
    return { ...mark, label: best.label };
  });
}

/** Points of a straight line, at most half a line of text apart. */
function dots([ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): [number, number][] {
  const count = Math.ceil(Math.hypot(bx - ax, by - ay) / (lineHeight / 2));
  return Array.from({ length: count + 1 }, (_, i) => {
    const share = count === 0 ? 0 : i / count;
    return [ax + (bx - ax) * share, ay + (by - ay) * share];
  });
}

function places({ x, y }: ScatterMark, text: string): { label: NonNullable<ScatterMark['label']>; box: Box }[] {
  const wide = text.length * signWidth;
  const beside = markRadius + 4;
  const place = (at: number, base: number, anchor: 'start' | 'middle' | 'end'): { label: NonNullable<ScatterMark['label']>; box: Box } => {
    const left = anchor === 'start' ? at : anchor === 'end' ? at - wide : at - wide / 2;
    return { label: { text, x: at, y: base, anchor }, box: { left, right: left + wide, top: base - lineHeight + 3, bottom: base + 3 } };
  };
  return [
    place(x + beside, y + 4, 'start'),
    place(x - beside, y + 4, 'end'),
    place(x + beside, y - 8, 'start'),
    place(x - beside, y - 8, 'end'),
    place(x + beside, y + 16, 'start'),
    place(x - beside, y + 16, 'end'),
  ];
}
