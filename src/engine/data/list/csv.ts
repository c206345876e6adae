import { LatheError } from '../../base/errors.ts';
import { byCodeUnit, type LabelRow, type LabelTable } from './entry.ts';

/** A record of a CSV file (RFC 4180) and the line it begins on, from 1. */
interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Labels from CSV text with a header: `file`, `class`, perhaps `split`; other columns are left alone. Classes are numbers from 0; if any
 * is not a number all are names, numbered in their sorted order. Throws `data.labels` with file and line.
 */
export function readCsv(text: string, file: string): LabelTable {
  const [header, ...records] = parse(text, file);
  const column = (name: string): number => header?.fields.findIndex((field) => field.trim().toLowerCase() === name) ?? -1;
  const [fileColumn, classColumn, splitColumn] = [column('file'), column('class'), column('split')];
  if (fileColumn < 0 || classColumn < 0) {
    throw new LatheError('data.labels', `the header has no column "${fileColumn < 0 ? 'file' : 'class'}"`, {
      file,
      line: 1,
      hint: 'The first line must be: file,class or file,class,split.',
    });
  }
  const field = (record: CsvRecord, at: number, name: string): string => {
    const value = record.fields[at]?.trim();
    if (value) return value;
    throw new LatheError('data.labels', `the row has no ${name}`, { file, line: record.line });
  };
  const named = records.some((record) => !/^[+-]?\d+(\.\d*)?$/.test(field(record, classColumn, 'class')));
  const classes = named ? [...new Set(records.map((record) => field(record, classColumn, 'class')))].sort(byCodeUnit) : undefined;
  const rows = records.map((record): LabelRow => {
    const value = field(record, classColumn, 'class');
    const label = classes ? classes.indexOf(value) : Number(value);
    if (!Number.isInteger(label) || label < 0) {
      throw new LatheError('data.labels', `the class is ${value}`, {
        file,
        line: record.line,
        hint: 'Classes are whole numbers from 0, or names.',
      });
    }
    const split = splitColumn < 0 ? undefined : record.fields[splitColumn]?.trim();
    return { file: field(record, fileColumn, 'file'), line: record.line, label, split };
  });
  return { rows, classes, hasSplits: splitColumn >= 0 };
}

function parse(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let [line, begun] = [1, 1];
  const finish = (): void => {
    if (fields.length > 1 || fields[0]?.trim()) records.push({ line: begun, fields });
    fields = [];
  };
  // One field (quoted, with doubled quotes, or plain) and what ends it.
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  pattern.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (!match) throw new LatheError('data.labels', 'a quote is not closed or stands inside a field', { file, line });
    const [, quoted, plain, end] = match;
    fields.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    line += quoted?.split('\n').length ?? 1;
    line -= 1;
    if (end === ',' && pattern.lastIndex < text.length) continue;
    finish();
    if (end !== '' && end !== ',') line += 1;
    begun = line;
  }
  return records;
}
