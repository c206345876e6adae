import { describe, expect, it } from 'vitest';
import type { OverlayView } from '../../../src/protocol/view.ts';
import { commandOf, type KeyPress } from '../../../webview/model/commands.ts';
import { Session } from '../../../webview/model/session.ts';
import { StableKeys } from '../../../webview/model/stable-keys.ts';
import type { Kept } from '../../../webview/model/view-state.ts';
import { modelOf } from './graphs.ts';

const chain = (names: readonly string[]): ReturnType<typeof modelOf> =>
  modelOf(
    names.map((name, i) => ({ name, op: i % 2 ? 'Relu' : 'Conv', group: name.startsWith('/b') ? 0 : -1 })),
    names.slice(1).map((_, i) => [i, i + 1]),
    [{ title: 'b' }],
  );

function session(kept?: unknown): { session: Session; saved: () => Promise<Kept> } {
  let last: Kept | undefined;
  const made = new Session(
    () => {},
    (state) => (last = state),
  );
  if (kept !== undefined) made.state.restore(kept);
  return { session: made, saved: () => Promise.resolve().then(() => structuredClone(last!)) };
}

const overlay: OverlayView = {
  id: 'sqnr',
  label: 'SQNR',
  unit: 'dB',
  better: 'high',
  fold: 'worst',
  thresholds: [10, 20],
  values: [
    [0, 30],
    [1, 5],
    [2, 12],
  ],
  origin: 'test',
};
const names = ['/a/0', '/b/0', '/b/1', '/c/0'];

describe('what a view keeps', () => {
  it('comes back by names when the file has changed a little', async () => {
    const { session: first, saved } = session();
    const { model, graph } = chain(names);
    first.show(model, graph);
    first.select([1, 2]);
    first.state.setOpen(new Set());
    first.search('relu');
    const kept = await saved();
    expect(kept.selected).toEqual(['/b/0', '/b/1']);

    const { session: second } = session(JSON.parse(JSON.stringify(kept)));
    const changed = chain(['/new', ...names.filter((name) => name !== '/b/1')]);
    second.show(changed.model, changed.graph);
    expect(second.state.selected).toEqual([2]);
    expect(second.state.open.size).toBe(0);
    expect(second.state.kept.query).toBe('relu');
  });

  it('starts anew with what is not of its form', () => {
    const order = { column: 'index', descending: false };
    const good = { version: 1, mode: 'table', query: 'x', order, selected: [], panel: true, panelSize: 1, tableSize: 1, top: 0 };
    expect(session(good).session.state.kept.query).toBe('x');
    for (const kept of [
      null,
      7,
      {},
      { version: 2 },
      { version: 1, mode: 'graph', query: 1 },
      { version: 1, mode: 'other' },
      { ...good, camera: { x: 1 } },
      { ...good, selected: [1] },
    ]) {
      const { session: made } = session(kept);
      expect(made.state.kept.mode).toBe('graph');
      expect(made.state.kept.query).toBe('');
    }
  });

  it('tells equal names apart, and is short where names are endless', () => {
    const { graph } = chain(['x', 'x', 'n'.repeat(1_000_000), `${'n'.repeat(1_000_000)}!`]);
    const keys = new StableKeys(graph);
    const all = graph.nodes.map((_, id) => keys.node(id));
    expect(new Set(all).size).toBe(4);
    expect(Math.max(...all.map((key) => key.length))).toBeLessThan(300);
    expect(keys.nodes(all.toReversed())).toEqual([3, 2, 1, 0]);
    expect(keys.nodes(['gone', all[1]!])).toEqual([1]);
  });
});

describe('going about in a model', () => {
  const { model, graph } = chain(names);
  const open = (): Session => {
    const { session: made } = session();
    made.show(model, graph);
    return made;
  };

  it('steps through matches, round at the ends, and says which one it is', () => {
    const made = open();
    made.search('conv');
    expect(made.found).toEqual({ count: 2, place: 0, problem: undefined });
    made.goTo([made.nextMatch(1)!]);
    expect([made.state.selected, made.said]).toEqual([[0], 'Conv /a/0, 1 of 2']);
    made.goTo([made.nextMatch(1)!]);
    made.goTo([made.nextMatch(1)!]);
    expect(made.state.selected).toEqual([0]);
    made.goTo([made.nextMatch(-1)!]);
    expect(made.state.selected).toEqual([2]);
    made.search('nowhere');
    expect(made.nextMatch(1)).toBeUndefined();
  });

  it('unfolds what it goes to, and takes a search away that hides it', () => {
    const made = open();
    made.state.setOpen(new Set());
    made.search('/a');
    made.goTo([2]);
    expect(made.state.kept.query).toBe('');
    expect([...made.state.open]).toEqual([0]);
    made.goTo([99]);
    expect(made.state.selected).toEqual([2]);
  });

  it('marks what a node depends on, what depends on it, and the way between two', () => {
    const made = open();
    made.select([2]);
    made.markFromSelection('inputs');
    expect([[...made.marked!].sort(), made.mark!.text]).toEqual([[0, 1, 2], '2 nodes that /b/1 depends on']);
    made.markFromSelection('outputs');
    expect([...made.marked!].sort()).toEqual([2, 3]);
    expect(made.mark!.text).toBe('1 node that depends on /b/1');
    made.select([3, 1]);
    made.markFromSelection('path');
    expect([...made.marked!].sort()).toEqual([1, 2, 3]);
    made.markFromSelection('none');
    expect(made.marked).toBeUndefined();
  });

  it('shows what was measured when nobody has chosen, keeps a choice, and waits for a file that was dropped', () => {
    const made = open();
    const macs: OverlayView = { ...overlay, id: 'macs', group: 'model' };
    made.takeOverlays([macs], [], false, undefined);
    expect(made.overlay).toBeUndefined();
    made.takeOverlays([macs, overlay], [], false, undefined);
    expect(made.overlay?.view.id).toBe('sqnr');
    expect([made.nextWorst(1), made.said]).toEqual([1, 'Relu /b/0, 5 dB']);
    made.chooseOverlay('macs');
    made.takeOverlays([macs, overlay], [], false, undefined);
    expect(made.overlay?.view.id).toBe('macs');
    made.chooseOverlay('file/own');
    made.takeOverlays([macs, { ...overlay, id: 'file/own', group: 'file' }], [], false, undefined);
    expect(made.overlay?.view.id).toBe('file/own');
    made.chooseOverlay('');
    made.takeOverlays([macs, overlay], [], false, undefined);
    expect(made.overlay).toBeUndefined();
  });
});

describe('keys', () => {
  const press = (key: string, held: Partial<KeyPress> = {}): string | undefined =>
    commandOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held });

  it('are commands, whatever Shift does to a sign', () => {
    expect(press('w')).toBe('next-worst');
    expect(press('W', { shiftKey: true })).toBe('previous-worst');
    expect(press('?', { shiftKey: true })).toBe('help');
    expect(press('/')).toBe('find');
    expect(press('/', { shiftKey: true })).toBe('find'); // on a German keyboard
    expect(press('f', { ctrlKey: true })).toBe('find');
    expect(press('F3', { shiftKey: true })).toBe('previous-match');
    expect(press('f', { altKey: true })).toBeUndefined();
    expect(press('w', { metaKey: true })).toBeUndefined();
  });
});
