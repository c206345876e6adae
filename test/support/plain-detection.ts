import type { Box } from '../../src/engine/data/types.ts';
import type { DetectionSettings } from '../../src/engine/train/losses/detection/settings.ts';

/** What a detector answers at one place, and where that is. */
export interface Place {
  readonly picture: number;
  readonly column: number;
  readonly row: number;
  readonly stride: number;
  /** Edges in pixels. */
  readonly edges: readonly [number, number, number, number];
  /** Log odds. */
  readonly object?: number;
  readonly classes: readonly number[];
  /** x, y in strides from the cell's corner. */
  readonly points: readonly (readonly [number, number])[];
}

/** Who answers for which box, and what has no gradient of it. */
export interface Assigned {
  readonly pairs: readonly { readonly box: number; readonly place: number; readonly quality: number; readonly alpha: number }[];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const edgesOf = ({ x, y, width, height }: Box): [number, number, number, number] => [x, y, x + width, y + height];
type Edges = readonly [number, number, number, number];

function overlapOf([l, t, r, b]: Edges, [x1, y1, x2, y2]: Edges): number {
  const shared = Math.max(0, Math.min(r, x2) - Math.max(l, x1)) * Math.max(0, Math.min(b, y2) - Math.max(t, y1));
  return shared / (Math.max(0, r - l) * Math.max(0, b - t) + (x2 - x1) * (y2 - y1) - shared);
}

const probability = ({ object, classes }: Place, label: number): number =>
  sigmoid(classes[label]!) * (object === undefined ? 1 : sigmoid(object));

/** Every box against every place, as the papers say it. Boxes in the order of the pictures; places in the order of the head. */
export function assignPlainly(boxes: readonly { box: Box; picture: number }[], places: readonly Place[], settings: DetectionSettings): Assigned {
  const levels = [...new Set(places.map(({ stride }) => stride))].sort((a, b) => a - b);
  const wishes = boxes.flatMap(({ box, picture }, index) => {
    const [middleX, middleY] = [box.x + box.width / 2, box.y + box.height / 2];
    const side = Math.sqrt(box.width * box.height);
    const level = levels.find((stride) => side < 8 * stride) ?? levels.at(-1);
    const near = places.flatMap((place, at) => {
      const apart = [(place.column + 0.5) * place.stride - middleX, (place.row + 0.5) * place.stride - middleY].map(Math.abs) as [number, number];
      const isNear = place.picture === picture && Math.max(...apart) < settings.radius * place.stride;
      if (!isNear || (settings.assign === 'centre' && place.stride !== level)) return [];
      const inside = apart[0] < box.width / 2 && apart[1] < box.height / 2;
      return [{ at, inside, distance: apart[0] + apart[1], iou: overlapOf(place.edges, edgesOf(box)), score: probability(place, box.label) }];
    });
    if (near.length === 0) return [];
    if (!near.some(({ inside }) => inside)) near.reduce((a, b) => (b.distance < a.distance ? b : a)).inside = true;
    const inside = near.filter((one) => one.inside);
    const wish = (one: (typeof near)[0], cost: number, quality: number) => ({ box: index, place: one.at, cost, quality });
    if (settings.assign === 'centre') return inside.map((one) => wish(one, box.width * box.height, one.iou));
    if (settings.assign === 'task-aligned') {
      const metric = ({ score, iou }: (typeof near)[0]): number => score ** 0.5 * iou ** 6;
      const best = [...inside].sort((a, b) => metric(b) - metric(a)).slice(0, settings.places);
      const [most, widest] = [Math.max(...best.map(metric)) || 1, Math.max(...best.map(({ iou }) => iou))];
      return best.map((one) => wish(one, -one.iou, (metric(one) / most) * widest));
    }
    const count = Math.max(1, Math.floor(sum(near.map(({ iou }) => iou).sort((a, b) => b - a).slice(0, settings.places)))); // prettier-ignore
    const cost = (one: (typeof near)[0]): number => {
      const classes = places[one.at]!.classes.map((_, label) => {
        const p = Math.sqrt(probability(places[one.at]!, label));
        return label === box.label ? -Math.log(p) : -Math.log(1 - p);
      });
      return sum(classes) - 3 * Math.log(one.iou + 1e-8) + (one.inside ? 0 : 1e5);
    };
    return [...near].sort((a, b) => cost(a) - cost(b)).slice(0, count).map((one) => wish(one, cost(one), one.iou)); // prettier-ignore
  });
  const pairs = wishes.filter((one) => !wishes.some((other) => other.place === one.place && (other.cost < one.cost || (other.cost === one.cost && other.box < one.box))));
  const alpha = ({ box, place }: { box: number; place: number }): number => {
    const [v, iou] = [proportions(places[place]!.edges, edgesOf(boxes[box]!.box)), overlapOf(places[place]!.edges, edgesOf(boxes[box]!.box))];
    return v / (1 - iou + v);
  };
  return { pairs: pairs.map((one) => ({ ...one, alpha: alpha(one) })) };
} // prettier-ignore

const proportions = ([l, t, r, b]: Edges, [x1, y1, x2, y2]: Edges): number =>
  (4 / Math.PI ** 2) * (Math.atan((x2 - x1) / (y2 - y1)) - Math.atan((r - l) / (b - t))) ** 2;

/** Closed forms of the losses of boxes. */
export function boxLoss(kind: string, found: Edges, wanted: Edges, alpha: number): number {
  const iou = overlapOf(found, wanted);
  const [width, height] = [Math.max(found[2], wanted[2]) - Math.min(found[0], wanted[0]), Math.max(found[3], wanted[3]) - Math.min(found[1], wanted[1])];
  const apart = [0, 1].map((axis) => (found[axis]! + found[axis + 2]! - wanted[axis]! - wanted[axis + 2]!) / 2);
  const distance = sum(apart.map((d) => d * d)) / (width ** 2 + height ** 2);
  const area = ([l, t, r, b]: Edges): number => (r - l) * (b - t);
  const sides = [0, 1].map((axis) => found[axis + 2]! - found[axis]! - (wanted[axis + 2]! - wanted[axis]!));
  const closed: Record<string, () => number> = {
    iou: () => 1 - iou,
    giou: () => {
      const union = (area(found) + area(wanted)) / (1 + iou);
      return 1 - iou + (width * height - union) / (width * height);
    },
    diou: () => 1 - iou + distance,
    ciou: () => 1 - iou + distance + alpha * proportions(found, wanted),
    eiou: () => 1 - iou + distance + sides[0]! ** 2 / width ** 2 + sides[1]! ** 2 / height ** 2,
    'extended-iou': () => {
      // Where boxes meet the extended intersection is the plain one; apart it is minus the areas that separate them.
      const along = (axis: 0 | 1): [number, number] => [
        Math.max(found[axis], wanted[axis]),
        Math.min(found[axis + 2]!, wanted[axis + 2]!),
      ];
      const [[x1, x2], [y1, y2]] = [along(0), along(1)];
      const [left, top] = [Math.min(found[0], wanted[0]), Math.min(found[1], wanted[1])];
      const shared = (x2 - left) * (y2 - top) + (Math.min(x1, x2) - left) * (Math.min(y1, y2) - top) - (x1 - left) * (Math.max(y1, y2) - top) - (Math.max(x1, x2) - left) * (y1 - top);
      const loss = 1 - shared / (area(found) + area(wanted) - shared);
      return loss < 0.1 ? 5 * loss ** 2 : loss - 0.05;
    },
  };
  return closed[kind]!();
} // prettier-ignore

const entropy = (odds: number, t: number): number => -t * Math.log(sigmoid(odds)) - (1 - t) * Math.log(1 - sigmoid(odds));

/** Closed forms of the losses of scores. */
export function scoreLoss(kind: string, odds: number, t: number): number {
  const p = sigmoid(odds);
  if (kind === 'bce') return entropy(odds, t);
  if (kind === 'quality-focal') return entropy(odds, t) * (p - t) ** 2;
  return -0.25 * t * (1 - p) ** 2 * Math.log(p) - 0.75 * (1 - t) * p ** 2 * Math.log(1 - p);
}

/** Closed forms of the losses of coordinates. */
export function pointLoss(kind: string, difference: number): number {
  const x = Math.abs(difference);
  if (kind === 'smooth-l1') return x < 1 / 9 ? 4.5 * x * x : x - 1 / 18;
  return x < 0.3 ? 0.3 * Math.log(1 + x / 0.06) : x - 0.3 + 0.3 * Math.log(6);
}

/** Whether a place's cell touches one of these boxes. */
export const touches = ({ picture, column, row, stride }: Place, boxes: readonly { box: Box; picture: number }[]): boolean =>
  boxes.some(
    ({ box, picture: of }) =>
      of === picture &&
      column * stride < box.x + box.width &&
      (column + 1) * stride > box.x &&
      row * stride < box.y + box.height &&
      (row + 1) * stride > box.y,
  );

export interface PlainOptions {
  readonly settings: DetectionSettings;
  readonly weights: readonly number[];
  /** Whether what is asked of a place as background counts. */
  readonly counted: (place: Place) => boolean;
}

/** The loss of a batch whose places are assigned. */
export function lossPlainly(
  boxes: readonly { box: Box }[],
  places: readonly Place[],
  { pairs }: Assigned,
  { settings, weights, counted }: PlainOptions,
): number {
  const of = new Map(pairs.map((pair) => [pair.place, pair]));
  const byQuality = settings.assign === 'task-aligned';
  const norm = Math.max(1, sum(pairs.map(({ quality }) => (byQuality ? quality : 1))));
  let loss = 0;
  let [points, faces] = [0, 0];
  places.forEach((place, at) => {
    const pair = of.get(at);
    const box = pair && boxes[pair.box]!.box;
    const background = counted(place) ? 1 : 0;
    const own = box ? weights[box.label]! : background;
    if (place.object !== undefined) loss += own * settings['object-weight'] * scoreLoss(settings.score, place.object, pair ? 1 : 0);
    const asked = place.object === undefined ? background : own;
    if (pair || place.object === undefined) {
      const each = place.classes.map(
        (odds, label) => (label === box?.label ? own : asked) * scoreLoss(settings.score, odds, label === box?.label ? pair!.quality : 0),
      );
      loss += settings['class-weight'] * sum(each);
    }
    if (!pair || !box) return;
    loss += own * settings['box-weight'] * (byQuality ? pair.quality : 1) * boxLoss(settings.box, place.edges, edgesOf(box), pair.alpha);
    place.points.forEach(([x, y], i) => {
      const wanted = box.landmarks?.[i];
      if (!wanted) return;
      faces += 1 / place.points.length;
      points += pointLoss(settings.landmark, x + place.column - wanted[0] / place.stride);
      points += pointLoss(settings.landmark, y + place.row - wanted[1] / place.stride);
    });
  });
  return loss / norm + (settings['landmark-weight'] * points) / Math.max(1, faces);
}
