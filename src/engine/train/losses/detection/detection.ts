import { LatheError } from '../../../base/errors.ts';
import { viewOf, viewSteps } from '../../../evaluate/decode/view.ts';
import { inferShapes } from '../../../ops/infer.ts';
import type { BoxWiring, LossDeclaration } from '../declaration.ts';
import type { Loss, LossSite } from '../loss.ts';
import { Algebra, type Operand } from './algebra.ts';
import { assigners } from './assign/index.ts';
import { simOta } from './assign/sim-ota.ts';
import { taskAligned } from './assign/task-aligned.ts';
import { oneBoxEach } from './assign/one-box.ts';
import type { CandidateForm } from './candidates.ts';
import type { PictureSize } from './grid.ts';
import type { Head } from './heads/head.ts';
import { heads } from './heads/index.ts';
import { pointLosses } from './landmarks/index.ts';
import { boxLosses } from './overlaps/index.ts';
import { readPairs, type BoxPairs } from './pairs.ts';
import { scoreLosses } from './scores/index.ts';
import { detectionParameters, type DetectionSettings } from './settings.ts';

/**
 * What a detector should have answered to pictures with boxes: places of its grid are chosen for each box (`assign`), by what they answer already, within the graph; those learn box, classes and
 * landmarks, all others that there is nothing. The sum over the batch, over the number of chosen places (YOLOX, libfacedetection.train); landmarks over those of them whose box has some. Throws `training.decode`.
 */
export const detection = (settings: DetectionSettings, { decode, rows, layout, classes, landmarks, classWeights }: BoxWiring): Loss => ({
  name: 'detection',
  build(site) {
    const algebra = new Algebra(site);
    // Behind a chain's seams the detector sees another picture than the one that boxes are marked in.
    const view = viewOf(pictureSize(site, layout), viewSteps(site.model));
    const head = heads[decode]({ site, algebra, size: view });
    checkHead(site, head, { classes, landmarks });
    const assigner = named(assigners, settings.assign ?? (head.objects === undefined ? taskAligned : simOta).name);
    const { radius } = settings;
    const form: CandidateForm = {
      grid: head.grid,
      view,
      rows,
      radius,
      landmarks: head.landmarks?.count ?? 0,
      byScale: assigner.byScale ?? false,
      ignoreBelow: settings['ignore-below'],
      pictures: head.pictures,
      ...(classWeights ? { classWeights } : {}),
    };
    const pairs = readPairs(algebra, head, form);
    const choice = assigner.build(algebra, pairs.known, { places: settings.places });
    const { rows: boxes, each } = pairs.known;
    const chosen = oneBoxEach(algebra, choice, { places: pairs.places, count: head.pictures * head.grid.places, rows: boxes, each });
    const counts = choice.weight === 'one' ? chosen : algebra.multiply(chosen, choice.quality);
    const norm = algebra.most(algebra.total(counts), 1);
    const terms = termsOf(algebra, settings, { pairs, chosen, counts, quality: choice.quality });
    const loss = algebra.divide(algebra.add(...terms), norm);
    if (!pairs.landmarks) return loss;
    const points = pairs.landmarks(named(pointLosses, settings.landmark), chosen);
    return algebra.add(loss, algebra.multiply(points, settings['landmark-weight']));
  },
});

interface Chosen {
  readonly pairs: BoxPairs;
  /** 1: this place answers for this box. */
  readonly chosen: string;
  /** What it counts. */
  readonly counts: string;
  readonly quality: string;
}

/** Sums over the batch, weighted: boxes, objects, classes. */
function termsOf(algebra: Algebra, settings: DetectionSettings, { pairs, chosen, counts, quality }: Chosen): [string, ...string[]] {
  const { add, subtract, multiply, total } = algebra;
  const box = named(boxLosses, settings.box).build(algebra, pairs.meeting);
  const score = named(scoreLosses, settings.score);
  const boxes = multiply(total(multiply(counts, pairs.weights ? multiply(box, pairs.weights) : box)), settings['box-weight']);
  const { objects, classes, weights, counted } = pairs;
  const background = (odds: string): string => {
    const each = score.build(algebra, odds, 0);
    return total(counted ? multiply(each, counted.all) : each);
  };
  /** What the chosen places lose instead of what they would as background. */
  const instead = (odds: string, target: Operand): string => {
    const [own, none] = [score.build(algebra, odds, target), score.build(algebra, odds, 0)];
    const lost = subtract(weights ? multiply(own, weights) : own, counted ? multiply(none, counted.here) : none);
    return total(multiply(chosen, lost));
  };
  if (!objects) return [boxes, multiply(add(background(classes.all), instead(classes.here, quality)), settings['class-weight'])];
  const object = multiply(add(background(objects.all), instead(objects.here, 1)), settings['object-weight']);
  // Where objects have a score of their own, classes are learned of objects only.
  const change = subtract(score.build(algebra, classes.here, quality), score.build(algebra, classes.here, 0));
  const own = total(multiply(weights ? multiply(chosen, weights) : chosen, add(classes.background(score), change)));
  return [boxes, object, multiply(own, settings['class-weight'])];
}

/** Throws `training.classes`, `training.landmarks`. */
function checkHead(
  { model: { path: file } }: LossSite,
  head: Head,
  { classes, landmarks }: Pick<BoxWiring, 'classes' | 'landmarks'>,
): void {
  if (classes > head.classes) {
    const hint = 'Give the boxes labels from 0 on, or the model a head for more classes.';
    throw new LatheError('training.classes', `boxes have classes up to number ${classes - 1}, the detector knows ${head.classes}`, {
      file,
      hint,
    });
  }
  const known = head.landmarks?.count ?? 0;
  if (known > 0 && landmarks > 0 && known !== landmarks) {
    const hint = 'Leave the landmarks out of the labels, or take a model with as many.';
    throw new LatheError('training.landmarks', `boxes have ${landmarks} landmarks, the detector finds ${known}`, { file, hint });
  }
}

/** Declarations have checked the names. */
const named = <T extends { readonly name: string }>(list: readonly T[], name: string): T => list.find((one) => one.name === name)!;

/** Of the first input, whose boxes are in pixels. Throws `training.decode`. */
function pictureSize({ model }: LossSite, layout: BoxWiring['layout']): PictureSize {
  const [input] = model.graph.requiredInputs;
  const shape = input && inferShapes(model).of(input.name)?.shape?.map(Number);
  if (shape?.length !== 4 || !shape.every(Number.isInteger))
    throw new LatheError('training.decode', 'the model takes no pictures of a known size', { file: model.path });
  const [, a, b, c] = shape as [number, number, number, number];
  return layout === 'nchw' ? { height: b, width: c } : { height: a, width: b };
}

export const detectionLoss = {
  name: 'detection',
  summary: 'What a detector answers beside the boxes of the pictures: boxes, objects, classes and landmarks.',
  source: 'Ge et al. 2021, YOLOX, arXiv:2107.08430; Wu, Peng and Yu 2023, YuNet; libfacedetection.train',
  parameters: detectionParameters,
  compares: 'boxes',
  make(settings, { boxes }) {
    if (boxes) return detection(settings, boxes);
    throw new LatheError('training.loss', 'the loss detection cannot be computed: it is not known how the outputs become boxes', {
      hint: 'Set decode: { kind: yunet }, yolov5 or yolov8, under data.train.',
    });
  },
} satisfies LossDeclaration<typeof detectionParameters>;
