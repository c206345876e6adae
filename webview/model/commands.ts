import { isMac } from './words.ts';

/** What the commands of the view are done with: the editor's page. */
export interface Commander {
  fit(): void;
  zoom(step: 1 | -1): void;
  show(mode: 'graph' | 'both' | 'table' | 'next'): void;
  togglePanel(): void;
  find(): void;
  step(by: 1 | -1): void;
  worst(by: 1 | -1): void;
  travel(by: 1 | -1): void;
  foldAll(open: boolean): void;
  mark(what: 'inputs' | 'outputs' | 'path' | 'none'): void;
  copyNames(): void;
  menu(): void;
  compare(): void;
  save(form: 'svg' | 'png'): void;
  about(): void;
  help(): void;
}

interface Command {
  title: string;
  /** As `keyText` writes them, the first one is shown. "Mod" is Ctrl, on a Mac ⌘. */
  keys?: readonly string[];
  /** Heading under which the help lists it. */
  topic: 'Look' | 'Find' | 'Follow' | 'Do';
  run(on: Commander): void;
}

/** Everything that can be done by key, menu or command palette, once. */
const commands = {
  find: { title: 'Find', keys: ['/', 'Mod+F'], topic: 'Find', run: (on) => on.find() },
  'next-match': { title: 'Next match', keys: ['F3'], topic: 'Find', run: (on) => on.step(1) },
  'previous-match': { title: 'Previous match', keys: ['Shift+F3'], topic: 'Find', run: (on) => on.step(-1) },
  'next-worst': { title: 'Next worst layer', keys: ['W'], topic: 'Find', run: (on) => on.worst(1) },
  'previous-worst': { title: 'Previous worst layer', keys: ['Shift+W'], topic: 'Find', run: (on) => on.worst(-1) },
  'depends-on': { title: 'Highlight what it depends on', keys: ['U'], topic: 'Follow', run: (on) => on.mark('inputs') },
  dependents: { title: 'Highlight what depends on it', keys: ['D'], topic: 'Follow', run: (on) => on.mark('outputs') },
  path: { title: 'Highlight paths between selected', keys: ['P'], topic: 'Follow', run: (on) => on.mark('path') },
  unmark: { title: 'Clear highlight', keys: ['Escape'], topic: 'Follow', run: (on) => on.mark('none') },
  back: { title: 'Back', keys: ['Backspace'], topic: 'Follow', run: (on) => on.travel(-1) },
  forward: { title: 'Forward', keys: ['Shift+Backspace'], topic: 'Follow', run: (on) => on.travel(1) },
  fit: { title: 'Fit all in view', keys: ['F'], topic: 'Look', run: (on) => on.fit() },
  'zoom-in': { title: 'Zoom in', keys: ['+'], topic: 'Look', run: (on) => on.zoom(1) },
  'zoom-out': { title: 'Zoom out', keys: ['-'], topic: 'Look', run: (on) => on.zoom(-1) },
  'expand-all': { title: 'Expand all groups', keys: ['Shift+E'], topic: 'Look', run: (on) => on.foldAll(true) },
  'collapse-all': { title: 'Collapse all groups', keys: ['Shift+C'], topic: 'Look', run: (on) => on.foldAll(false) },
  'next-mode': { title: 'Graph, both, table in turn', keys: ['T'], topic: 'Look', run: (on) => on.show('next') },
  'show-graph': { title: 'Graph', topic: 'Look', run: (on) => on.show('graph') },
  'show-table': { title: 'Table', topic: 'Look', run: (on) => on.show('table') },
  'show-both': { title: 'Graph and table', topic: 'Look', run: (on) => on.show('both') },
  panel: { title: 'Side panel', keys: ['I'], topic: 'Look', run: (on) => on.togglePanel() },
  menu: { title: 'Actions for the selection', keys: ['Shift+F10', 'ContextMenu'], topic: 'Do', run: (on) => on.menu() },
  copy: { title: 'Copy name', keys: ['Mod+C'], topic: 'Do', run: (on) => on.copyNames() },
  compare: { title: 'Compare with another model…', topic: 'Do', run: (on) => on.compare() },
  'save-svg': { title: 'Export graph as SVG…', topic: 'Do', run: (on) => on.save('svg') },
  'save-png': { title: 'Export graph as PNG…', topic: 'Do', run: (on) => on.save('png') },
  about: { title: 'About this model', topic: 'Do', run: (on) => on.about() },
  help: { title: 'Keys', keys: ['?'], topic: 'Do', run: (on) => on.help() },
} as const satisfies Record<string, Command>;

export type CommandId = keyof typeof commands;
const byId: Readonly<Record<string, Command>> = commands;

export const commandTitle = (id: CommandId): string => commands[id].title;

/** Does nothing for an id that there is none of: the host may be newer. */
export const runCommand = (id: string, on: Commander): void => (Object.hasOwn(byId, id) ? byId[id]?.run(on) : undefined);

const shown = (keys: string): string => (isMac() ? keys.replace('Mod+', '⌘').replace('Shift+', '⇧') : keys.replace('Mod', 'Ctrl'));

/** "Shift+W"; empty where it has none. */
export const keysOf = (id: CommandId): string => shown(byId[id]?.keys?.[0] ?? '');

/** For the help: what can be done by keys, under headings. */
export function keyList(): { topic: string; rows: { keys: string[]; title: string }[] }[] {
  return (['Look', 'Find', 'Follow', 'Do'] as const).map((topic) => ({
    topic,
    rows: Object.values(byId)
      .filter((command) => command.topic === topic && command.keys)
      .map(({ keys, title }) => ({ keys: keys!.map(shown), title })),
  }));
}

/** What a KeyboardEvent says of a key. */
export interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The command of a key that was pressed, if it has one. */
export function commandOf(event: KeyPress): CommandId | undefined {
  if (event.altKey) return undefined;
  const { key } = event;
  const modified = event.ctrlKey || event.metaKey;
  // Of signs such as ? it is part of the sign that Shift is held.
  const letter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  const shift = event.shiftKey && (letter || key.length > 1);
  const text = `${modified ? 'Mod+' : ''}${shift ? 'Shift+' : ''}${letter ? key.toUpperCase() : key}`;
  return (Object.keys(byId) as CommandId[]).find((id) => byId[id]?.keys?.includes(text));
}
