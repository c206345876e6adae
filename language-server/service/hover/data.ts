import path from 'node:path';
import type { DataFacts } from '../../../src/engine/recipe/facts/types.ts';
import { shape } from '../../../src/protocol/format.ts';
import { absolutePath, scalarAt, textAt } from '../written.ts';
import { bullets, code, paragraphs, prose } from './markdown.ts';
import type { HoverSource } from './subject.ts';

/** Classes named at most. */
const mostClasses = 12;

/** How many pictures a data source has, where its path or its labels are named. */
export const dataHover: HoverSource = ({ request: { document, facts }, place, path: at, value }) => {
  const [root, use, key] = at;
  if (root !== 'data' || at.length !== 3 || place.at !== 'value' || typeof value !== 'string') return undefined;
  if (key !== 'path' && key !== 'labels') return undefined;
  const labels = textAt(document, ['data', use!, 'labels']);
  const source = absolutePath(document, textAt(document, ['data', use!, 'path']));
  if (source === undefined) return undefined;
  const known = facts.data(source, labels, path.dirname(document.file!));
  if (known.state === 'reading') return `${code(source)} is being counted.`;
  if (known.state === 'problem') return `${code(source)}: ${prose(known.message)}`;
  return dataText(known.value, textAt(document, ['data', use!, 'split']), scalarAt(document, ['data', use!, 'count']));
};

const units: Readonly<Record<DataFacts['kind'], string>> = {
  folder: 'pictures',
  labels: 'labelled pictures',
  boxes: 'pictures with boxes',
  arrays: 'rows of an array',
  list: 'pictures of a list',
};

function dataText(facts: DataFacts, split: string | undefined, wanted: unknown): string {
  const { kind, count, more, classes, largestLabel, splits, shape: row } = facts;
  const own = split !== undefined && splits && Object.hasOwn(splits, split) ? splits[split] : undefined;
  return paragraphs(
    `${code(facts.path)}: ${more ? 'more than ' : ''}${count} ${units[kind]}`,
    bullets([
      row && `Each ${prose(shape(row))}`,
      classes && `${classes.length} classes: ${classNames(classes)}`,
      !classes && largestLabel !== undefined && `Labels up to ${largestLabel}`,
      splits && `Splits: ${splitNames(splits)}`,
      own !== undefined && `Of ${code(split!)} are used: ${own}`,
      typeof wanted === 'number' && wanted < (own ?? count) && `${wanted} of them are used, chosen by the seed`,
    ]),
  );
}

const classNames = (classes: readonly string[]): string =>
  classes
    .slice(0, mostClasses)
    .map((name) => code(name, 40))
    .join(', ') + (classes.length > mostClasses ? ' …' : '');

const splitNames = (splits: Readonly<Record<string, number>>): string =>
  Object.entries(splits)
    .slice(0, mostClasses)
    .map(([name, rows]) => `${code(name, 40)} ${rows}`)
    .join(', ');
