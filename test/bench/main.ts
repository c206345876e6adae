// npm run bench -- [GROUP…] [--peers] [--json] [--only NAME] [--write]
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { io } from './io.ts';
import { type BenchContext, type BenchGroup, type Measurement, machine } from './measure.ts';
import { preparePeers } from './peers.ts';
import { quantize } from './quantize.ts';

const groups: readonly BenchGroup[] = [io, quantize];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { peers: { type: 'boolean' }, json: { type: 'boolean' }, only: { type: 'string' }, write: { type: 'boolean' } },
});
const unknown = positionals.filter((name) => !groups.some((group) => group.name === name));
if (unknown.length) {
  process.stderr.write(`no benchmarks in group ${unknown.join(', ')}; there are ${groups.map((group) => group.name).join(', ')}\n`);
  process.exit(2);
}

const root = process.cwd();
const zooFolder = process.env['LATHE_ZOO'] ?? path.resolve(root, '../shared/zoo');
const scratch = mkdtempSync(path.join(tmpdir(), 'lathe-bench-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

const facts = machine();
const lines: Measurement[] = [];
const skipped: { name: string; reason: string }[] = [];
const format = ({ name, value, unit, goal, ok, peer, ratio, note }: Measurement): string => {
  const number = Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(4);
  const verdict = ok === undefined ? '      ' : ok ? 'ok    ' : 'MISSED';
  const beside = peer ? `  ${peer.name} ${peer.version}: ${peer.value.toPrecision(3)} (ratio ${ratio?.toFixed(2)})` : '';
  return `${verdict} ${name}: ${number} ${unit}${goal ? `  (goal ${goal})` : ''}${beside}${note ? `  ${note}` : ''}`;
};
const say = (text: string): void => void process.stdout.write(values.json ? '' : `${text}\n`);

say(
  Object.entries(facts)
    .map(([key, value]) => `${key}: ${value}`)
    .join(' · '),
);
/** Rewrites the committed table with what has been measured so far: a long run that is cut short leaves its lines. */
function writeTable(): void {
  const rows = lines.map(
    (line) =>
      `| ${line.name} | ${Number(line.value.toPrecision(4))} ${line.unit} | ${line.goal ?? ''} | ${line.ok === undefined ? '' : line.ok ? 'met' : '**missed**'} | ${line.peer ? `${line.peer.name} ${line.peer.version}: ${Number(line.peer.value.toPrecision(4))}` : ''} | ${line.ratio?.toFixed(2) ?? ''} | ${line.note ?? ''} |`,
  );
  const absent = skipped.map(({ name, reason }) => `- not run: ${name} (${reason})`);
  const text = [
    '# Benchmarks',
    '',
    'Written by `npm run bench -- --peers --write`.',
    '',
    Object.entries(facts)
      .map(([key, value]) => `${key}: ${value}`)
      .join(' · '),
    '',
    '| measurement | value | goal | | peer, same run | ratio | |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...absent,
    '',
  ];
  writeFileSync(path.join(root, 'docs/benchmarks.md'), text.join('\n'));
}

const bench: BenchContext = {
  zoo: existsSync(zooFolder) ? zooFolder : undefined,
  python: values.peers ? await preparePeers(path.join(root, '.cache/bench-peers')) : undefined,
  scratch,
  only: values.only,
  report(measurement) {
    lines.push(measurement);
    if (values.write) writeTable();
    if (values.json) process.stdout.write(`${JSON.stringify(measurement)}\n`);
    else say(format(measurement));
  },
  skip(name, reason) {
    skipped.push({ name, reason });
    if (values.write) writeTable();
    say(`not run ${name}: ${reason}`);
  },
};
if (values.json) process.stdout.write(`${JSON.stringify({ machine: facts })}\n`);
for (const group of groups) {
  if (positionals.length && !positionals.includes(group.name)) continue;
  say(`\n${group.name}`);
  await group.run(bench);
}
