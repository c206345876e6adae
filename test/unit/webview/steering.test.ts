import { describe, expect, it } from 'vitest';
import type { ActionView, RecipeView } from '../../../src/protocol/view.ts';
import { layersFor, settingGroups } from '../../../webview/steering/state.ts';

describe('settings of a selection', () => {
  const recipe: RecipeView = {
    file: 'a',
    rest: 'weights: 8',
    others: false,
    unsaved: false,
    settings: [0, 1, 5].map((index) => ({ index, text: 'weights: 4', pattern: '*', line: 3 })),
  };

  it('are grouped by what is said, commonest first', () => {
    const groups = settingGroups(recipe, [0, 2, 1, 5]);
    expect(groups.map(({ setting, layers }) => [setting?.text, layers])).toEqual([
      ['weights: 4', [0, 1, 5]],
      [undefined, [2]],
    ]);
  });

  it('an action is for the layers it can be done for', () => {
    const action: ActionView = { id: 'a', title: 'A', detail: '', on: 'layers', layers: [5, 1] };
    expect(layersFor(action, [0, 1, 5])).toEqual([1, 5]);
    expect(layersFor({ ...action, layers: undefined } as unknown as ActionView, [0, 1])).toEqual([0, 1]);
  });
});
