// npm run bench -- [GROUP…] [--peers] [--json] [--only NAME] [--write]
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { deploy } from './deploy/index.ts';
import { BenchmarksDocument } from './document.ts';
import { int8 } from './int8.ts';
import { io } from './io.ts';
import { joint } from './joint/index.ts';
import { lsp } from './lsp/index.ts';
import { attempt, type BenchContext, type BenchGroup, type Measurement, machine } from './measure.ts';
import { Peers } from './peers.ts';
import { prune } from './prune/index.ts';
import { quantize } from './quantize/index.ts';
import { train } from './train/index.ts';
import { view } from './view/index.ts';

const groups: readonly BenchGroup[] = [io, quantize, int8, train, prune, view, lsp, deploy, joint];

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
const factsText = Object.entries(facts)
  .map(([key, value]) => `${key}: ${value}`)
  .join(' · ');
const format = ({ name, value, unit, goal, ok, peer, ratio, note }: Measurement): string => {
  const number = Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(4);
  const verdict = ok === undefined ? '      ' : ok ? 'ok    ' : 'MISSED';
  const beside = peer
    ? `  ${peer.name} ${peer.version}: ${peer.value.toPrecision(3)}${ratio === undefined ? '' : ` (ratio ${ratio.toFixed(2)})`}`
    : '';
  return `${verdict} ${name}: ${number} ${unit}${goal ? `  (goal ${goal})` : ''}${beside}${note ? `  ${note}` : ''}`;
};
const say = (text: string): void => void process.stdout.write(values.json ? '' : `${text}\n`);
const started = performance.now();
const elapsed = (): string => `[${((performance.now() - started) / 60_000).toFixed(1)} min]`;

say(factsText);
if (values.json) process.stdout.write(`${JSON.stringify({ machine: facts })}\n`);
const document = values.write ? new BenchmarksDocument(path.join(root, 'docs/benchmarks.md')) : undefined;
const peers = values.peers ? new Peers(path.join(root, '.cache/peers')) : undefined;

for (const group of groups) {
  if (positionals.length && !positionals.includes(group.name)) continue;
  say(`\n${group.name}`);
  const names = new Set<string>();
  const bench: BenchContext = {
    zoo: existsSync(zooFolder) ? zooFolder : undefined,
    peers,
    scratch,
    only: values.only,
    report(measurement) {
      names.add(measurement.name);
      document?.put(group.name, factsText, measurement);
      if (values.json) process.stdout.write(`${JSON.stringify(measurement)}\n`);
      else say(`${elapsed()} ${format(measurement)}`);
    },
    skip(name, reason) {
      names.add(name);
      document?.putSkipped(group.name, factsText, name, reason);
      if (values.json) process.stdout.write(`${JSON.stringify({ name, skipped: reason })}\n`);
      else say(`${elapsed()} not run ${name}: ${reason}`);
    },
  };
  await attempt(bench, group.name, () => group.run(bench));
  if (values.only === undefined) document?.keepOnly(group.name, names);
  await document?.layOut();
}
say(`${elapsed()} done`);
