import type { Path } from '../../../src/engine/recipe/check.ts';
import type { Place } from '../document.ts';
import type { Request } from '../feature.ts';
import type { Declared } from '../schema/schema-at.ts';

/** What the mouse points at. */
export interface Subject {
  readonly request: Request;
  readonly place: Place;
  /** The key that the place is of: `place.path` without positions of a list at its end. */
  readonly path: Path;
  /** What is declared for that key. */
  readonly declared: Declared;
  /** The scalar that is pointed at; undefined on a key. */
  readonly value: unknown;
}

/** What can be said of one kind of place, as Markdown; undefined for places of other kinds. */
export type HoverSource = (subject: Subject) => string | undefined;
