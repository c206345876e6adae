import { commandTitle, keysOf, runCommand, type Commander, type CommandId } from './commands.ts';
import type { MenuEntry } from './menu.ts';
import type { Session } from './session.ts';

/** What menus of the editor are made for. */
interface Editor extends Commander {
  readonly session: Session;
}

const entry = (editor: Editor, id: CommandId, disabled?: string): MenuEntry => ({
  label: commandTitle(id),
  keys: keysOf(id),
  run: () => runCommand(id, editor),
  ...(disabled ? { disabled } : {}),
});

/** Behind the dots of the toolbar. */
export function moreEntries(editor: Editor): MenuEntry[] {
  const groups = editor.session.shown?.graph.groups.length ?? 0;
  const none = groups === 0 ? 'This model has no groups' : undefined;
  return [
    entry(editor, 'back'),
    entry(editor, 'forward'),
    'line',
    entry(editor, 'expand-all', none),
    entry(editor, 'collapse-all', none),
    'line',
    entry(editor, 'save-svg'),
    entry(editor, 'save-png'),
    'line',
    entry(editor, 'about'),
    entry(editor, 'help'),
  ];
}

/** For the selected nodes, at one of them or at a group; `actions` are what the extension can do for them. */
export function nodeEntries(editor: Editor, { node, group }: { node: number; group: number }, actions: readonly MenuEntry[]): MenuEntry[] {
  const { session } = editor;
  const { selected, open } = session.state;
  const drawn = session.shown?.graph.nodes[node];
  const two = selected.length >= 2 ? undefined : 'Select two nodes: Ctrl+click adds one';
  const folding: MenuEntry[] =
    group < 0 ? [] : [{ label: open.has(group) ? 'Fold group' : 'Unfold group', run: () => session.state.fold(group, !open.has(group)) }];
  if (selected.length === 0)
    return [...folding, ...(folding.length ? ['line' as const] : []), entry(editor, 'fit'), ...moreEntries(editor)];
  const inside = drawn && drawn.group >= 0 && drawn.group !== group ? drawn.group : -1;
  if (inside >= 0 && open.has(inside)) folding.push({ label: 'Fold the group around it', run: () => session.state.fold(inside, false) });
  return [
    ...actions,
    ...(actions.length ? ['line' as const] : []),
    entry(editor, 'depends-on'),
    entry(editor, 'dependents'),
    entry(editor, 'path', two),
    ...(session.mark ? [entry(editor, 'unmark')] : []),
    'line',
    ...folding,
    entry(editor, 'copy'),
  ];
}
