import { setTimeout } from 'node:timers/promises';
import type { Connection } from 'vscode-languageserver/node';
import type { LanguageService } from './service/service.ts';
import { workspaceSymbols } from './service/workspace-symbols.ts';

/** Recipes that are still being read are waited for so long, in milliseconds; the next key asks again. */
const patience = 200;
const pause = 20;

/** Names of all recipes of the workspace: the only request that is about no document, and that waits. */
export function registerWorkspaceSymbols(connection: Connection, service: () => LanguageService | undefined): void {
  connection.onWorkspaceSymbol(async ({ query }, token) => {
    for (let waited = 0; ; waited += pause) {
      const known = service();
      if (!known || token.isCancellationRequested) return [];
      const { symbols, isWhole } = workspaceSymbols(known.documents, known.facts, query);
      // An empty workspace looks like one whose folders are still being listed.
      const isDone = isWhole && (known.facts.recipes().length > 0 || waited >= patience / 2);
      if (isDone || waited >= patience) return symbols;
      await setTimeout(pause);
    }
  });
}
