import type { MethodChoice } from './choices.ts';

/** Ways to prune, and to share weights. How far pruning goes is chosen in a preview, whose answer joins the settings; so do the epochs of training behind the cut. */
export const pruningChoices: Readonly<Record<string, readonly MethodChoice[]>> = {
  prune: [
    {
      id: 'prune',
      label: 'Prune channels',
      detail:
        'Pictures, labelled or not; seconds, with training minutes. Smaller and faster everywhere. Shows what is left before it runs.',
      step: { name: 'prune', settings: {} },
      stepWithoutPictures: { name: 'prune', settings: { criterion: 'l2' } },
      pictures: false,
      asks: ['epochs'],
      prunes: true,
      runs: true,
    },
  ],
  cluster: [
    {
      id: 'cluster',
      label: 'Share weights (16 values a layer)',
      detail:
        'No pictures, seconds; with some and training minutes. About an eighth of the size once zipped, the file itself as large as it was.',
      step: { name: 'cluster', settings: {} },
      stepWithoutPictures: { name: 'cluster', settings: {} },
      pictures: false,
      asks: ['epochs'],
      runs: true,
    },
  ],
};
