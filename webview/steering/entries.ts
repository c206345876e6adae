import type { ActionView } from '../../src/protocol/view.ts';
import type { MenuEntry } from '../model/menu.ts';
import { layersFor, type Steer, type SteeringState } from './state.ts';

type Send = (wish: Steer) => void;

/** What can be done with the selected layers, as lines of a menu; settings with their values as menus of their own. */
export function layerEntries({ actions, recipe }: SteeringState, selected: readonly number[], send: Send): MenuEntry[] {
  const lines = actions.filter(({ on }) => on === 'layers').map((action) => actionEntry(action, layersFor(action, selected), send));
  const last = selected.at(-1);
  const line = recipe?.settings.some(({ index }) => index === last);
  if (last !== undefined && line) lines.push('line', { label: 'Go to recipe line', run: () => send({ do: 'go-to-line', layer: last }) });
  return lines;
}

/** What can be run for the whole model. */
export const modelEntries = ({ actions }: SteeringState, send: Send): MenuEntry[] =>
  actions.filter(({ on }) => on === 'model').map((action) => actionEntry(action, [], send));

function actionEntry(action: ActionView, layers: readonly number[], send: Send): MenuEntry {
  const { id, title, on, choices } = action;
  if (on === 'layers' && layers.length === 0) return { label: title, disabled: `${action.detail} Not for what is selected.` };
  if (!choices) return { label: title, run: () => send({ do: 'perform', id, layers }) };
  const values = choices.map(({ label, value }): MenuEntry => ({ label, run: () => send({ do: 'perform', id, layers, choice: value }) }));
  return { label: title, entries: values };
}
