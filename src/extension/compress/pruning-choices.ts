import type { MethodChoice } from './choices.ts';

/** Ways to prune. How far it goes is chosen in a preview, whose answer joins the settings; so do the epochs of training behind the cut. */
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
};
