import { lowest, type Assigner } from './assigner.ts';

/** Exponents of score and overlap, as YOLOv8's code has them. */
const [ofScore, ofOverlap] = [0.5, 6];
/** Below every product of a score and the sixth power of an overlap that is more than none. */
const tiny = 1e-30;

export const taskAligned: Assigner = {
  name: 'task-aligned',
  summary:
    'A fixed number of places in the box, those whose class and overlap are best together; scores learn to follow the overlap. As YOLOv8.',
  source: 'Feng et al. 2021, TOOD, arXiv:2108.07755, section 3.2; exponents as Ultralytics YOLOv8',
  build(algebra, { rows, each, inside, iou, score }, { places }) {
    const { add, subtract, multiply, divide, power, negative, mostOver, site } = algebra;
    const metric = multiply(power(score, ofScore), power(iou, ofOverlap), inside);
    const most = Math.min(places, each);
    const count = site.constant([1, 1], Float32Array.of(most));
    // Where nothing overlaps yet all in the box are better than those outside.
    const ordered = subtract(subtract(1, inside), metric);
    const chosen = multiply(lowest(algebra, ordered, count, { rows, each, most }), inside);
    const own = multiply(metric, chosen);
    const quality = multiply(divide(own, add(mostOver(own, 1), tiny)), mostOver(multiply(iou, chosen), 1));
    return { chosen, cost: negative(iou), quality, weight: 'quality' };
  },
};
