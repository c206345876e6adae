import { lowest, topOf, type Assigner } from './assigner.ts';

/** Weight of the overlap beside the classes. */
const overlapWeight = 3;
/** What a place outside the box costs beside any other. */
const outside = 1e5;
/** What is no pair at all costs. */
const never = 1e9;
const margin = 1e-7;

/**
 * Each box takes the places with the lowest cost: as many as the sum of the best overlaps says. Candidates are the places near the middle (`radius`), where the authors count overlaps of all
 * in the box.
 */
export const simOta: Assigner = {
  name: 'sim-ota',
  summary: 'The places that answer best already, the more the better they do: what YOLOX and YuNet were trained with.',
  source: 'Ge et al. 2021, YOLOX, arXiv:2107.08430, section 2.1; libfacedetection.train, SimOTAAssigner',
  build(algebra, { rows, each, valid, inside, iou, score, otherClasses }, { places }) {
    const { add, subtract, multiply, log, negative, root, clip, most, sumOver, site } = algebra;
    const atMost = Math.min(places, each);
    const best = topOf(algebra, multiply(iou, valid), atMost, 'highest').values;
    const count = most(site.emit('Floor', [sumOver(best, 1)]), 1);
    const ownClass = negative(log(clip(root(score), margin, 1)));
    const classes = otherClasses === undefined ? ownClass : add(ownClass, otherClasses);
    const overlap = multiply(log(add(iou, 1e-8)), -overlapWeight);
    const far = add(multiply(subtract(1, inside), outside), multiply(subtract(1, valid), never));
    const cost = add(classes, overlap, far);
    const chosen = multiply(lowest(algebra, cost, count, { rows, each, most: atMost }), valid);
    return { chosen, cost, quality: iou, weight: 'one' };
  },
};
