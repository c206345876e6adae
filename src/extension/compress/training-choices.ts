import type { MethodChoice } from './choices.ts';

const needsPictures = { pictures: true, learns: true, runs: true } as const;

/** Below 8 bits the file is smaller only where several weights share a byte. */
const fourBits = { weights: 4, activations: 8, storage: 'packed' };

/** Ways to train, by the step that they use. The number of epochs is asked for and joins the settings. */
export const trainingChoices: Readonly<Record<string, readonly MethodChoice[]>> = {
  qat: [
    {
      id: 'qat',
      label: 'Quantize with training (QAT)',
      detail: 'Pictures, best labelled; minutes. A quarter of the size, most of the loss won back.',
      step: { name: 'qat', settings: { weights: 8, activations: 8 } },
      asks: ['epochs'],
      ...needsPictures,
    },
    {
      id: 'qat-4',
      label: 'Quantize with training (QAT), weights in 4 bits',
      detail: 'Pictures, best labelled; minutes. An eighth of the size in the file.',
      step: { name: 'qat', settings: fourBits },
      asks: ['epochs'],
      ...needsPictures,
    },
  ],
  distill: [
    {
      id: 'distill',
      label: 'Distill',
      detail: 'A larger model as teacher, pictures; minutes to hours. Same size, more accurate.',
      step: { name: 'distill', settings: {} },
      asks: ['teacher', 'epochs'],
      ...needsPictures,
    },
  ],
  train: [
    {
      id: 'train',
      label: 'Train or fine-tune',
      detail: 'Labelled pictures; minutes to hours. For your own pictures, or a new model.',
      step: { name: 'train', settings: {} },
      asks: ['epochs'],
      labels: true,
      ...needsPictures,
    },
  ],
};
