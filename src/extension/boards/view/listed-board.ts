import path from 'node:path';
import { resolveDeploy } from '../../../engine/recipe/resolve-deploy.ts';
import type { DeployEntry } from '../../../engine/targets/deploy-settings.ts';
import type { BoardDocument } from '../../../protocol/results/board.ts';
import type { RecipeBoards } from '../recipe-boards.ts';

/** A recipe that deploys to a board. */
export interface BoardRecipe {
  /** Absolute. */
  readonly file: string;
  /** As it is shown. */
  readonly place: string;
  /** Position in its `deploy:`. */
  readonly index: number;
}

/** A board that recipes or the settings name. */
export interface NamedBoard {
  /** The same for the same target, host, port and user. */
  readonly id: string;
  readonly target: string;
  /** As a job takes it. */
  readonly entry: DeployEntry;
  readonly recipes: readonly BoardRecipe[];
  /** The setting `lathe.boards` has it. */
  readonly added: boolean;
}

/** What a board said when it was asked. */
export type BoardAnswer =
  | { readonly state: 'asking'; readonly last?: BoardDocument }
  | { readonly state: 'answered'; readonly document: BoardDocument; readonly at: string }
  | { readonly state: 'failed'; readonly reason: string; readonly at: string };

/** A board with what is known of it. */
export interface ListedBoard extends NamedBoard {
  /** Absent: nobody has asked in this session. */
  readonly answer?: BoardAnswer;
  /** What the last deployment measured. */
  readonly figures?: string;
}

export interface RecipeWithBoards {
  readonly file: string;
  readonly place: string;
  readonly boards: RecipeBoards;
}

/** Boards of recipes in the order in which they name them, then those of the settings; each once. */
export function namedBoards(recipes: readonly RecipeWithBoards[], added: readonly unknown[], folder: string): NamedBoard[] {
  const found = new Map<string, NamedBoard>();
  const add = (entry: DeployEntry, recipe: BoardRecipe | undefined): void => {
    const { target = '', host, port, user } = entry;
    const id = JSON.stringify([target, host ?? null, port ?? null, user ?? null]);
    const known = found.get(id);
    found.set(id, {
      id,
      target,
      entry: known?.entry ?? entry,
      recipes: [...(known?.recipes ?? []), ...(recipe ? [recipe] : [])],
      added: (known?.added ?? false) || recipe === undefined,
    });
  };
  for (const { file, place, boards } of recipes)
    for (const { index, entry } of boards.entries) add(resolved(entry, path.dirname(file)), { file, place, index });
  for (const one of added) {
    const entry = addedEntry(one);
    if (entry) add(resolved(entry, folder), undefined);
  }
  return [...found.values()];
}

const resolved = (entry: DeployEntry & { target: string }, folder: string): DeployEntry => resolveDeploy(entry, entry.target, folder)[0]!;

/** Text of a setting is foreign: what is no board is left out. */
function addedEntry(value: unknown): (DeployEntry & { target: string }) | undefined {
  const { target, host, port, user, identity, folder } = (value ?? {}) as Record<string, unknown>;
  const isName = (text: unknown): text is string => typeof text === 'string' && /^[A-Za-z0-9_][A-Za-z0-9._:%-]*$/.test(text);
  if (!isName(target) || !isName(host)) return undefined;
  return {
    target,
    host,
    ...(typeof port === 'number' ? { port } : {}),
    ...(isName(user) ? { user } : {}),
    ...(typeof identity === 'string' && identity !== '' ? { identity } : {}),
    ...(typeof folder === 'string' && folder !== '' ? { folder } : {}),
  };
}

/** How the board is reached by hand: program and arguments. */
export function sshCommand({ host, port, user, identity }: DeployEntry): string[] {
  if (host === undefined) return [];
  const to = user === undefined ? host : `${user}@${host}`;
  return ['ssh', ...(port === undefined ? [] : ['-p', String(port)]), ...(identity === undefined ? [] : ['-i', identity]), to];
}
