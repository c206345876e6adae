import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { operators, findRecord } from '../../../src/engine/ops/index.ts';
import type { OperatorRecord } from '../../../src/engine/ops/record.ts';

const folder = path.resolve(import.meta.dirname, '../../../src/engine/ops');
/** Files of the folder that are about all operators, not about one. */
const others = new Set(['record.ts', 'index.ts', 'infer.ts', 'cost.ts', 'inspect.ts']);

it('lists the records of every file in the folder', async () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !others.has(file));
  expect(files.length).toBeGreaterThan(20);
  const title = ({ domain = '', op, since }: OperatorRecord): string => `${domain}::${op} ${since}`;
  const listed = new Set(operators.map(title));
  let found = 0;
  for (const file of files) {
    const { records } = (await import(pathToFileURL(path.join(folder, file)).href)) as { records: readonly OperatorRecord[] };
    for (const record of records) expect(listed.has(title(record)), `${file}: ${record.op} is not in index.ts`).toBe(true);
    found += records.length;
  }
  expect(found).toBe(operators.length);
});

it('has no two records of one operator for the same version', () => {
  for (const record of operators) {
    const same = operators.filter((other) => other.op === record.op && (other.domain ?? '') === (record.domain ?? ''));
    const clash = same.filter(
      (other) => other !== record && other.since <= (record.until ?? Infinity) && record.since <= (other.until ?? Infinity),
    );
    expect(clash, `${record.op} from ${record.since}`).toEqual([]);
    expect(record.until ?? Infinity).toBeGreaterThanOrEqual(record.since);
  }
});

it('finds the record that covers a version', () => {
  expect(findRecord('', 'Clip', 6)?.settings).toBeUndefined();
  expect(findRecord('ai.onnx', 'Clip', 13)?.settings).toEqual([1, 2]);
  expect(findRecord('', 'Upsample', 9)).toBeDefined();
  expect(findRecord('', 'Upsample', 10)).toBeUndefined();
  expect(findRecord('acme', 'Clip', 13)).toBeUndefined();
});
