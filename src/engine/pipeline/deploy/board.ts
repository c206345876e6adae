import type { BoardJob } from '../../../protocol/job.ts';
import type { BoardDocument } from '../../../protocol/results/board.ts';
import { LatheError } from '../../base/errors.ts';
import { openBoard } from '../../transport/ssh/open-board.ts';
import { checkedPlace, placeText } from '../../transport/ssh/place.ts';
import type { ToolDeps } from '../jobs.ts';
import { askBoard, runnerFor } from './ask-board.ts';

/** What a board is and has, and the models of ours on it; first removes the one that is named. A board that does not answer is `unreachable`. */
export async function runBoard({ entry, remove, ask }: BoardJob, { processes, context }: ToolDeps): Promise<BoardDocument> {
  const { signal } = context;
  const target = entry.target ?? '';
  const runner = runnerFor(target);
  const place = checkedPlace(entry);
  const known = { target, host: entry.host ?? placeText(place) };
  let board;
  try {
    board = await openBoard(place, processes, { folder: entry.folder ?? 'lathe', signal, ...(ask ? { ask } : {}) });
  } catch (error) {
    if (!(error instanceof LatheError) || !/^(ssh|board)\./.test(error.code) || remove !== undefined) throw error;
    const missing = [{ what: error.message, advice: error.place.hint ?? '' }];
    return { ...known, state: 'unreachable', summary: error.message, rows: [], missing, models: [] };
  }
  try {
    if (remove !== undefined) await board.removeModel(remove, signal);
    const { summary, rows, missing } = await askBoard(runner, board, signal);
    const models = (await board.models(signal)).map((model) => ({ ...model }));
    const free = board.freeBytes === undefined ? [] : [{ name: 'Free space', value: `${Math.round(board.freeBytes / 2 ** 20)} MiB` }];
    return {
      ...known,
      state: missing.length ? 'incomplete' : 'ready',
      summary,
      rows: [...rows.map((row) => ({ ...row })), { name: 'Folder', value: board.folder }, ...free],
      missing: missing.map((one) => ({ ...one })),
      models,
    };
  } finally {
    await board.close();
  }
}
