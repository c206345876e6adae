import { LatheError } from '../../base/errors.ts';
import { findRunner, runners } from '../../targets/boards.ts';
import type { BoardRunner, BoardState } from '../../targets/run-plan.ts';
import type { Board } from '../../transport/ssh/board.ts';

const questionMs = 60_000;
const answerBytes = 256 * 1024;

/** Throws `board.target` where nothing runs a model on it. */
export function runnerFor(target: string): BoardRunner {
  const found = findRunner(target);
  if (found) return found;
  const there = runners.map((runner) => runner.target).join(', ');
  throw new LatheError('board.target', `models are not run on ${JSON.stringify(target)} over ssh; they are on ${there}`);
}

/** What a board is and has, as it says itself. A question that fails is an answer too. */
export async function askBoard(runner: BoardRunner, board: Board, signal: AbortSignal): Promise<BoardState> {
  const answers: Record<string, { exitCode: number | null; stdout: string; stderr: string }> = {};
  for (const { name, command } of runner.questions) {
    const { exitCode, stdout, stderr } = await board.run(command, { signal, limitMs: questionMs, keptBytes: answerBytes });
    answers[name] = { exitCode, stdout, stderr };
  }
  return runner.state(answers);
}

/** Throws `board.missing` with what to install. */
export function requireAll({ missing }: BoardState, title: string): void {
  if (missing.length === 0) return;
  const what = missing.map((one) => one.what).join(', ');
  throw new LatheError('board.missing', `${title} lacks ${what}`, { hint: missing.map(({ advice }) => advice).join(' ') }, 1);
}
