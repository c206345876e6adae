import type { LanguageOptions } from '../../../src/protocol/language.ts';
import type { CompletionClient } from './situation.ts';

/** What a client says of itself at the beginning, as far as completions depend on it. */
export interface ClientWords {
  readonly capabilities: { readonly textDocument?: { completion?: { completionItem?: { snippetSupport?: boolean } } } };
  readonly initializationOptions?: unknown;
}

export function completionClient(client: ClientWords | undefined): CompletionClient {
  const options: unknown = client?.initializationOptions;
  const { suggestAgain } = (typeof options === 'object' && options !== null ? options : {}) as Partial<
    Record<keyof LanguageOptions, unknown>
  >;
  return {
    snippets: client?.capabilities.textDocument?.completion?.completionItem?.snippetSupport === true,
    ...(typeof suggestAgain === 'string' ? { suggestAgain } : {}),
  };
}
