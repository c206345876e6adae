import { bytes, visible } from '../../../protocol/format.ts';
import { markdownText, type Row, type RowIcon } from '../../runs/row.ts';
import { whenText } from '../../runs/words.ts';
import type { ListedBoard } from './listed-board.ts';

/** A row of the list *Boards* says in its `id` what it stands for. */
export interface BoardPlace {
  readonly board: string;
  readonly model?: string;
  readonly recipe?: string;
}

export const placeOfRow = ({ id }: Pick<Row, 'id'>): BoardPlace | undefined =>
  id.startsWith('{') ? (JSON.parse(id) as BoardPlace) : undefined;

const idOf = (place: BoardPlace, part?: string): string => JSON.stringify(part === undefined ? place : { ...place, part });

/** The list *Boards*: each with its state and what is known of it. */
export const boardRows = (boards: readonly ListedBoard[], now: Date): Row[] => boards.map((board) => boardRow(board, now));

function boardRow(board: ListedBoard, now: Date): Row {
  const { id, target, entry, recipes, added } = board;
  const { word, icon, detail } = stateOf(board);
  const label = visible(entry.host ?? target);
  const description = [entry.host === undefined ? undefined : visible(target), word].filter(Boolean).join(' · ');
  const context = [
    'board',
    ...(entry.host === undefined ? ['planned'] : ['reachable']),
    ...(recipes.length ? ['deployable'] : []),
    ...(added ? ['added'] : []),
  ];
  return {
    id: idOf({ board: id }),
    label,
    description,
    spoken: `board ${label}, ${description}`,
    icon,
    tooltip: () => tooltipOf(board, detail, now),
    context: context.join(' '),
    children: () => partsOf(board, now),
  };
}

interface State {
  readonly word: string;
  readonly icon: RowIcon;
  /** One sentence, and what to do next. */
  readonly detail: string;
}

function stateOf({ entry, answer }: ListedBoard): State {
  if (entry.host === undefined) {
    const detail =
      'Planned only: its entry of "deploy:" has no host. Write one to reach it; until then a dry run shows what would be done.';
    return { word: 'no host', icon: { name: 'circle-large-outline' }, detail };
  }
  switch (answer?.state) {
    case undefined:
      return { word: 'not asked yet', icon: { name: 'circuit-board' }, detail: 'Refresh asks it what it is and has.' };
    case 'asking':
      return { word: 'asking', icon: { name: 'loading~spin' }, detail: 'It is being asked.' };
    case 'failed':
      return unreachable(answer.reason);
    case 'answered': {
      const { state, summary, missing } = answer.document;
      if (state === 'unreachable') return unreachable(summary);
      if (state === 'ready')
        return { word: `ready · ${visible(summary)}`, icon: { name: 'pass', color: 'testing.iconPassed' }, detail: summary };
      const what = missing.map((one) => one.what).join(', ');
      const icon = { name: 'warning', color: 'problemsWarningIcon.foreground' };
      return { word: `${visible(what) || 'something'} is missing`, icon, detail: `${summary} Missing: ${what}.` };
    }
  }
}

const unreachable = (reason: string): State => ({
  word: 'not reachable',
  icon: { name: 'debug-disconnect', color: 'problemsErrorIcon.foreground' },
  detail: `${reason} Connect in a terminal to see what ssh says, then refresh.`,
});

/** What is known of a board: what is missing, the models on it, what deploys to it, what it is. */
function partsOf(board: ListedBoard, now: Date): Row[] {
  const { id, entry, recipes, answer, figures } = board;
  const place = { board: id };
  const fact = (part: string, label: string, value: string, icon: RowIcon): Row => ({
    id: idOf(place, part),
    label: visible(label),
    description: visible(value),
    icon,
    tooltip: () => `**${markdownText(visible(label))}** ${markdownText(visible(value))}`,
    context: 'boardFact',
  });
  const document = answer?.state === 'answered' ? answer.document : answer?.state === 'asking' ? answer.last : undefined;
  const reason = answer?.state === 'failed' ? answer.reason : document?.state === 'unreachable' ? document.summary : undefined;
  return [
    ...(entry.host === undefined ? [fact('host', 'No host', 'write "host:" in the recipe', { name: 'info' })] : []),
    ...(entry.host !== undefined && !answer
      ? [{ ...fact('ask', 'Not asked yet', 'click to ask it', { name: 'refresh' }), open: askCommand }]
      : []),
    ...(reason === undefined ? [] : [fact('reason', 'Not reachable', reason, { name: 'error', color: 'problemsErrorIcon.foreground' })]),
    ...(figures === undefined ? [] : [fact('figures', 'Last deployed', figures, { name: 'dashboard' })]),
    ...(document?.missing ?? []).map(({ what, advice }, i) =>
      fact(`missing ${i}`, `${what} is missing`, advice, { name: 'warning', color: 'problemsWarningIcon.foreground' }),
    ),
    ...(document?.models ?? []).map((model): Row => {
      const when = whenText(model.deployed, now);
      const description = [bytes(model.bytes), when].filter(Boolean).join(' · ');
      return {
        id: idOf({ ...place, model: model.name }),
        // Models on a board have the beginning of their checksum in their names.
        label: visible(model.name).replace(/-[0-9a-f]{12,64}(?=[.]|$)/, ''),
        description,
        spoken: `model ${visible(model.name)} on the board, ${description}`,
        icon: { name: 'type-hierarchy-sub' },
        ...(model.sha256 === undefined
          ? {}
          : { tooltip: () => `**${markdownText(visible(model.name))}**\n\nsha256 ${markdownText(visible(model.sha256!))}` }),
        context: recipes.length ? 'boardModel deployable' : 'boardModel',
      };
    }),
    ...recipes.map(({ file, place: shown, index }): Row => ({
      id: idOf({ ...place, recipe: file }, String(index)),
      label: visible(shown.split('/').at(-1) ?? shown).replace(/\.compress\.(ya?ml|json)$/i, ''),
      description: 'deploys here',
      icon: { name: 'list-selection' },
      tooltip: () => markdownText(visible(shown)),
      context: 'boardRecipe',
      path: file,
      open: { command: 'vscode.open', title: 'Open' },
    })),
    ...(document?.rows ?? []).map(({ name, value }, i) => fact(`row ${i}`, name, value, { name: 'symbol-constant' })),
  ];
}

const askCommand = { command: 'lathe.boards.ask', title: 'Ask the Board' };

function tooltipOf({ target, entry, answer, figures }: ListedBoard, detail: string, now: Date): string {
  const { host, port, user, identity, folder } = entry;
  const at = answer && 'at' in answer ? ` (asked ${whenText(answer.at, now)})` : '';
  const lines = [
    `**${markdownText(visible(host ?? target))}** ${markdownText(visible(target))}`,
    `${markdownText(visible(detail))}${at}`,
    host !== undefined &&
      markdownText(
        visible(
          [user && `user ${user}`, port && `port ${port}`, identity && `key ${identity}`, folder && `folder ${folder}`]
            .filter(Boolean)
            .join(', '),
        ),
      ),
    figures !== undefined && markdownText(visible(figures)),
  ];
  return lines.filter(Boolean).join('\n\n');
}
