import { Type, type Static } from '@sinclair/typebox';
import { oneOf, summaries } from '../../../base/declaration.ts';
import { assigners } from './assign/index.ts';
import { pointLosses } from './landmarks/index.ts';
import { boxLosses } from './overlaps/index.ts';
import { scoreLosses } from './scores/index.ts';

const weight = (what: string, usual: number) =>
  Type.Number({ minimum: 0, maximum: 1e6, default: usual, description: `Factor of ${what} in the sum.` });

export const detectionParameters = Type.Object({
  assign: Type.Optional(
    oneOf(summaries(assigners), {
      description:
        'Which places of the grid answer for a box. By default as such detectors were trained: `sim-ota`, and `task-aligned` where objects have no score of their own (YOLOv8).',
      source: 'arXiv:2107.08430 (sim-ota), arXiv:2108.07755 (task-aligned), arXiv:1904.01355 (centre)',
    }),
  ),
  radius: Type.Number({
    minimum: 0.5,
    maximum: 8,
    default: 2.5,
    unit: 'strides',
    description: 'Only places so near to the middle of a box may answer for it, on each level of the grid.',
    source: 'YOLOX, center_radius',
  }),
  places: Type.Integer({
    minimum: 1,
    maximum: 100,
    default: 10,
    unit: 'places',
    description: 'Places that answer for a box at most; `task-aligned` takes so many.',
    source: 'YOLOX, dynamic_k; TOOD, m',
  }),
  'ignore-below': Type.Number({
    minimum: 0,
    maximum: 65_536,
    default: 0,
    unit: 'pixels',
    description:
      'Boxes whose shorter side is less, as the model sees them, are neither found nor missed: what is asked of their places does not count.',
    source: 'Everingham et al. 2010, PASCAL VOC, "difficult" objects',
  }),
  box: oneOf(summaries(boxLosses), { default: 'extended-iou', description: 'How far a box is from the one that it should be.' }),
  'box-weight': weight('boxes', 5),
  score: oneOf(summaries(scoreLosses), {
    default: 'bce',
    description: 'How far scores are from what they should be, of classes and of objects.',
  }),
  'class-weight': weight('classes', 1),
  'object-weight': weight('object scores', 1),
  landmark: oneOf(summaries(pointLosses), {
    default: 'smooth-l1',
    description: 'How far landmarks are from where they should be. Only of heads that have some, and of boxes whose labels have them.',
  }),
  'landmark-weight': weight('landmarks', 0.1),
});

export type DetectionSettings = Static<typeof detectionParameters>;
