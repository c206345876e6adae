import { DataType } from '../../../onnx/data-type.ts';
import type { Algebra } from './algebra.ts';
import type { Pairs } from './assign/assigner.ts';
import { candidatesOfBox, findCandidates, type CandidateForm, type Candidates } from './candidates.ts';
import type { Cells, Head } from './heads/head.ts';
import type { PointLoss } from './landmarks/point-loss.ts';
import { meet, type Corners, type Meeting } from './overlaps/overlap.ts';
import type { ScoreLoss } from './scores/score-loss.ts';

/** What a head answers at the places that may answer for a batch's boxes: values of shape [rows, each] where nothing else is said. */
export interface BoxPairs {
  /** What assigners look at. */
  readonly known: Pairs;
  /** Numbers of the places, [rows · each]. */
  readonly places: string;
  readonly meeting: Meeting;
  /** Log odds of an object: of all places, and of these. */
  readonly objects?: { readonly all: string; readonly here: string };
  readonly classes: {
    /** Log odds, of all classes at all places. */
    readonly all: string;
    /** Of the box's class. */
    readonly here: string;
    /** What all classes lose where there is no object. */
    background(score: ScoreLoss): string;
  };
  /** What each box counts, [rows, 1]; absent: one. */
  readonly weights?: string;
  /** 0 where an ignored box lies: of all places, [all places, 1], and of these. Absent: none is ignored. */
  readonly counted?: { readonly all: string; readonly here: string };
  /** What is lost at the landmarks of a pair, the mean over chosen pairs whose boxes have some; a scalar. Absent where the head has none. */
  landmarks?(loss: PointLoss, chosen: string): string;
}

/** Probabilities stay this far from 1 where the rest to 1 is taken the logarithm of. */
const margin = 1e-7;

/** Asks every batch for its boxes, and the head for what it answers there. */
export function readPairs(algebra: Algebra, head: Head, form: CandidateForm): BoxPairs {
  const { add, subtract, multiply, still, sigmoid, reshape } = algebra;
  const fed = feedCandidates(algebra, form);
  const { rows, each, places } = fed;
  const pick = (values: string, fields: number): string[] =>
    split(algebra, gathered(algebra, values, fields, places), [rows, each], fields);
  const wanted = edgesOf(algebra, fed.corners, rows);
  const fields = pick(head.boxes, 4) as [string, string, string, string];
  const meeting = meet(algebra, head.corners(algebra, fields, fed.cells), wanted);
  const own = ofOwnClass(algebra, head.scores, head.classes, fed);
  const object = head.objects === undefined ? undefined : pick(head.objects, 1)[0]!;
  const probability = still(object === undefined ? sigmoid(own) : multiply(sigmoid(own), sigmoid(object)));
  const { landmarks } = head;
  return {
    known: {
      rows,
      each,
      valid: fed.valid,
      inside: fed.inside,
      iou: still(meeting.iou),
      score: probability,
      ...(head.classes > 1 ? { otherClasses: subtract(pick(lossOfClasses(algebra, head), 1)[0]!, missed(algebra, probability)) } : {}),
      area: multiply(subtract(wanted.right, wanted.left), subtract(wanted.bottom, wanted.top)),
    },
    places,
    meeting,
    ...(fed.weights ? { weights: fed.weights } : {}),
    ...(fed.counted ? { counted: fed.counted } : {}),
    ...(object === undefined ? {} : { objects: { all: head.objects!, here: object } }),
    classes: {
      all: head.scores,
      here: own,
      background(score) {
        const lost = score.build(algebra, head.scores, 0);
        return pick(head.classes > 1 ? algebra.sumOver(lost, 1) : lost, 1)[0]!;
      },
    },
    ...(landmarks && {
      landmarks(loss, chosen) {
        const { count } = landmarks;
        const shape = [count, 2, rows, each];
        const found = add(reshape(gathered(algebra, landmarks.values, 2 * count, places), shape), fed.corner);
        const difference = subtract(found, algebra.divide(fed.points!, fed.cells.stride));
        const seen = multiply(fed.seen!, chosen);
        const total = algebra.total(multiply(loss.build(algebra, difference), seen));
        return algebra.divide(total, algebra.most(multiply(algebra.total(seen), 1 / count), 1));
      },
    }),
  };
}

/** The candidates of every batch as values of the graph. */
interface FedCandidates {
  readonly rows: number;
  readonly each: number;
  readonly places: string;
  readonly valid: string;
  readonly inside: string;
  readonly cells: Cells;
  /** Column and row, [2, rows, each]. */
  readonly corner: string;
  /** [4, rows, 1] */
  readonly corners: string;
  /** [rows, 1] */
  readonly labels: string;
  readonly points?: string;
  readonly seen?: string;
  readonly weights?: string;
  readonly counted?: { readonly all: string; readonly here: string };
}

/** An input of the step, and what a batch's candidates have for it. */
type CandidateInput = readonly [name: string, shape: readonly number[], data: (found: Candidates) => Float32Array | BigInt64Array];

function feedCandidates({ site, slice, reshape }: Algebra, form: CandidateForm): FedCandidates {
  const { rows, landmarks, pictures, grid, ignoreBelow, classWeights } = form;
  const each = candidatesOfBox(form);
  const inputs: readonly CandidateInput[] = [
    ['places', [rows * each], ({ places }) => places],
    ['valid', [rows, each], ({ valid }) => valid],
    ['inside', [rows, each], ({ inside }) => inside],
    ['cells', [3, rows, each], ({ cells }) => cells],
    ['corners', [4, rows, 1], ({ corners }) => corners],
    ['labels', [rows, 1], ({ labels }) => labels],
  ];
  const points: readonly CandidateInput[] = [
    ['points', [landmarks, 2, rows, 1], (found) => found.points],
    ['seen', [landmarks, 1, rows, 1], ({ seen }) => seen],
  ];
  const ignored: readonly CandidateInput[] = [
    ['counted', [pictures * grid.places, 1], ({ counted }) => counted.all],
    ['counted-here', [rows, each], ({ counted }) => counted.here],
  ];
  const wanted: readonly CandidateInput[] = [
    ...inputs,
    ...(landmarks ? points : []),
    ...(classWeights ? [['weights', [rows, 1], ({ weights }) => weights] satisfies CandidateInput] : []),
    ...(ignoreBelow > 0 ? ignored : []),
  ];
  const typed = wanted.map(([name, shape]) => ({
    name: `boxes/${name}`,
    type: name === 'places' || name === 'labels' ? DataType.int64 : DataType.float32,
    shape,
  }));
  const names = site.batch(typed, ({ boxes = [] }) => {
    const found = findCandidates(boxes, form);
    return wanted.map(([, , data]) => data(found));
  });
  const named = (name: string): string => names[wanted.findIndex(([known]) => known === name)]!;
  const cells = named('cells');
  const cell = (field: number): string => reshape(slice(cells, field, field + 1, 0), [rows, each]);
  return {
    rows,
    each,
    places: named('places'),
    valid: named('valid'),
    inside: named('inside'),
    cells: { column: cell(0), row: cell(1), stride: cell(2) },
    corner: slice(cells, 0, 2, 0),
    corners: named('corners'),
    labels: named('labels'),
    ...(landmarks ? { points: named('points'), seen: named('seen') } : {}),
    ...(classWeights ? { weights: named('weights') } : {}),
    ...(ignoreBelow > 0 ? { counted: { all: named('counted'), here: named('counted-here') } } : {}),
  };
}

/** `fields` numbers of each place, [fields · pairs], from [all places, fields]. Element by element: sums of gradients come in one order, whatever the threads. */
function gathered({ site, add, multiply, reshape, integers }: Algebra, values: string, fields: number, places: string): string {
  if (fields === 1) return site.emit('GatherElements', [reshape(values, [-1]), places], { axis: 0 });
  const field = reshape(integers(Array.from({ length: fields }, (_, i) => i)), [fields, 1]);
  const at = reshape(add(multiply(places, integers([fields])), field), [-1]);
  return site.emit('GatherElements', [reshape(values, [-1]), at], { axis: 0 });
}

/** Equal parts of a flat value, each of a shape. */
function split({ slice, reshape }: Algebra, values: string, shape: readonly number[], parts: number): string[] {
  if (parts === 1) return [reshape(values, shape)];
  const rows = reshape(values, [parts, ...shape]);
  return Array.from({ length: parts }, (_, part) => reshape(slice(rows, part, part + 1, 0), shape));
}

function edgesOf({ slice, reshape }: Algebra, corners: string, rows: number): Corners {
  const edge = (side: number): string => reshape(slice(corners, side, side + 1, 0), [rows, 1]);
  return { left: edge(0), top: edge(1), right: edge(2), bottom: edge(3) };
}

/** Log odds of each box's class. */
function ofOwnClass(algebra: Algebra, scores: string, classes: number, { places, labels, rows, each }: FedCandidates): string {
  const { add, multiply, reshape, integers } = algebra;
  if (classes === 1) return reshape(gathered(algebra, scores, 1, places), [rows, each]);
  const at = add(multiply(reshape(places, [rows, each]), integers([classes])), labels);
  return reshape(gathered(algebra, scores, 1, reshape(at, [-1])), [rows, each]);
}

/** −ln(1 − √p): what a class costs that is not the box's. */
const missed = ({ subtract, negative, log, root, clip }: Algebra, probability: string): string =>
  negative(log(subtract(1, clip(root(probability), 0, 1 - margin))));

/** Sum of that over all classes, [all places, 1]. No gradient. */
function lossOfClasses(algebra: Algebra, { scores, objects }: Head): string {
  const { multiply, sigmoid, still, sumOver } = algebra;
  const probability = objects === undefined ? sigmoid(scores) : multiply(sigmoid(scores), sigmoid(objects));
  return sumOver(missed(algebra, still(probability)), 1);
}
