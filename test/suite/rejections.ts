import { inspect } from 'node:util';

/** Rejections that VS Code's own code leaves unhandled without a network; none of them passes through Lathe. */
const foreign = [/Timed out waiting for authentication provider/];

/** mocha fails a run on an unhandled rejection only in its command line, not inside an extension host: this does it there. */
export function watchRejections(): { settle(): Promise<string[]> } {
  const open = new Map<Promise<unknown>, string>();
  process.on('unhandledRejection', (reason, promise) => {
    const text = reason instanceof Error ? (reason.stack ?? reason.message) : inspect(reason);
    if (!foreign.some((known) => known.test(text))) open.set(promise, text);
  });
  process.on('rejectionHandled', (promise) => open.delete(promise));
  return {
    /** What is still unhandled after promises made last have had their turn. */
    settle: async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return [...open.values()];
    },
  };
}
