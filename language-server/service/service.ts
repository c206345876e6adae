import { TextDocument, type TextDocumentContentChangeEvent } from 'vscode-languageserver-textdocument';
import { languageId, recipeDocument, type RecipeDocument } from './document.ts';
import type { Facts } from './facts.ts';
import type { Request } from './feature.ts';

/** The open recipes. Features are pure functions of a `Request`; this gives them theirs. No transport, no files. */
export class LanguageService {
  readonly facts: Facts;
  readonly #documents = new Map<string, RecipeDocument>();

  constructor(facts: Facts) {
    this.facts = facts;
  }

  get documents(): readonly RecipeDocument[] {
    return [...this.#documents.values()];
  }

  document(uri: string): RecipeDocument | undefined {
    return this.#documents.get(uri);
  }

  open(uri: string, version: number, text: string): RecipeDocument {
    const document = recipeDocument(uri, version, text, this.#documents.get(uri));
    this.#documents.set(uri, document);
    return document;
  }

  /** Changes as the protocol sends them: each on the text that the one before left. Of a document that is not open: nothing. */
  change(uri: string, version: number, changes: TextDocumentContentChangeEvent[]): RecipeDocument | undefined {
    const last = this.#documents.get(uri);
    if (!last) return undefined;
    const copy = TextDocument.create(uri, languageId, last.version, last.text.getText());
    return this.open(uri, version, TextDocument.update(copy, changes, version).getText());
  }

  close(uri: string): void {
    this.#documents.delete(uri);
  }

  /** What a feature says of an open document; undefined where it is not open. */
  answer<T>(uri: string, signal: AbortSignal, feature: (request: Request) => T): T | undefined {
    const document = this.#documents.get(uri);
    return document && feature({ document, facts: this.facts, signal });
  }
}
