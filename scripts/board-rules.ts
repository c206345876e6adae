// The page of docs/reference on what boards take, from the rules that `lathe check` goes by. Run: npm run docs
import { acceleratorVerdicts } from '../src/engine/targets/verdicts.ts';
import type { RuleFacts } from '../src/engine/targets/verdict/types.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const outcomes = { yes: 'runs on it', if: 'else: **if**', no: 'else: **no**' } as const;

const row = ({ name, about, limit, outcome, source }: RuleFacts): string =>
  `| \`${name}\` | ${cell(about)} | ${cell(limit)} | ${outcomes[outcome]} | ${cell(source)} |`;

/** One table for each accelerator; boards whose rules are the same share one. Equal rules give equal bytes. */
export function boardRules(): string {
  const tables = new Map<string, string[]>();
  for (const { target, rules } of acceleratorVerdicts) {
    const rows = rules.map(row).join('\n');
    tables.set(rows, [...(tables.get(rows) ?? []), target.title]);
  }
  const parts = [
    '# What boards take',
    'Written by `npm run docs` from the rules in the code. `lathe check` names the rule that decided for each node. A rule says when the accelerator takes an operator, and what it comes to where that does not hold; of the rules that a node breaks the first **no** decides, else the first **if**. Numbers are those of the board’s usual configuration; `--architecture` takes others.',
    ...[...tables].flatMap(([rows, titles]) => [
      `## ${titles.join(', ')}`,
      ['| rule | operators | the accelerator takes | | source |', '| --- | --- | --- | --- | --- |', rows].join('\n'),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}
