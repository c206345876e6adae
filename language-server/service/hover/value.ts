import { valueDescription } from '../../../src/engine/recipe/describe.ts';
import { schemaAt } from '../schema/schema-at.ts';
import { valueCode } from './markdown.ts';
import type { HoverSource } from './subject.ts';

/** What one of the values of a key means. */
export const valueHover: HoverSource = ({ request, place, value }) => {
  if (value === undefined) return undefined;
  const declared = schemaAt(request.document.tree, place.path);
  const description = declared && valueDescription(declared.schema, value);
  return description && `${valueCode(value)}: ${description}`;
};
