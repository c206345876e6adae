import type { RecipeDocument } from './document.ts';
import type { Facts } from './facts.ts';

/** What a feature of the service is given: the text, and what is known of the world outside it. It answers at once and changes nothing. */
export interface Request {
  readonly document: RecipeDocument;
  readonly facts: Facts;
  /** Aborted when a newer text has come: a long answer ends early. */
  readonly signal: AbortSignal;
}
