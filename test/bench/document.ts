import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import type { Measurement } from './measure.ts';

const columns = '| measurement | value | goal | | peer, same run | ratio | |\n| --- | --- | --- | --- | --- | --- | --- |';

interface Section {
  machine: string;
  /** Lines of the table, by the measurement's name. */
  rows: Map<string, string>;
}

/** `docs/benchmarks.md`: one section a group. What is measured anew replaces what stood there; the other lines are kept. */
export class BenchmarksDocument {
  readonly #file: string;
  readonly #sections = new Map<string, Section>();

  constructor(file: string) {
    this.#file = file;
    if (existsSync(file)) this.#read(readFileSync(file, 'utf8'));
  }

  put(group: string, machine: string, measurement: Measurement): void {
    this.#set(group, machine, measurement.name, rowOf(measurement));
  }

  putSkipped(group: string, machine: string, name: string, reason: string): void {
    this.#set(group, machine, name, `| ${name} | | | not run | | | ${cell(reason)} |`);
  }

  /** After a whole run of a group: lines of measurements that exist no more go away. */
  keepOnly(group: string, names: ReadonlySet<string>): void {
    const section = this.#sections.get(group);
    for (const name of [...(section?.rows.keys() ?? [])]) if (!names.has(name)) section!.rows.delete(name);
    this.#write();
  }

  /** Lays the tables out as the project's check wants them. */
  async layOut(): Promise<void> {
    if (!existsSync(this.#file)) return;
    const options = { ...(await resolveConfig(this.#file)), parser: 'markdown' };
    writeFileSync(this.#file, await format(readFileSync(this.#file, 'utf8'), options));
  }

  #set(group: string, machine: string, name: string, row: string): void {
    const section = this.#sections.get(group) ?? { machine, rows: new Map<string, string>() };
    section.machine = machine;
    section.rows.set(name, row);
    this.#sections.set(group, section);
    this.#write();
  }

  #read(text: string): void {
    for (const part of text.split(/^## /m).slice(1)) {
      const lines = part.split('\n');
      const rows = lines.filter((line) => line.startsWith('| ') && !line.startsWith('| measurement') && !line.startsWith('| ---'));
      const machine = lines.find((line) => line.startsWith('cpu: ')) ?? '';
      if (!machine) continue;
      this.#sections.set(lines[0]!.trim(), {
        machine,
        rows: new Map(rows.map((row) => [row.split('|')[1]!.trim(), row.replace(/ +/g, ' ')])),
      });
    }
  }

  #write(): void {
    const sections = [...this.#sections].map(([name, { machine, rows }]) =>
      [`## ${name}`, '', machine, '', columns, ...rows.values(), ''].join('\n'),
    );
    const head = '# Benchmarks\n\nWritten by `npm run bench -- --peers --write`; what each measurement is stands in `test/bench/`.\n';
    writeFileSync(this.#file, `${head}\n${sections.join('\n')}`);
  }
}

const cell = (text: string): string => text.replaceAll('|', '/').replaceAll('\n', ' ');

function rowOf({ name, value, unit, goal, ok, peer, ratio, note }: Measurement): string {
  const verdict = ok === undefined ? '' : ok ? 'met' : '**missed**';
  const beside = peer ? `${peer.name} ${peer.version}: ${Number(peer.value.toPrecision(4))}` : '';
  return `| ${cell(name)} | ${Number(value.toPrecision(4))} ${unit} | ${goal ?? ''} | ${verdict} | ${beside} | ${ratio?.toFixed(2) ?? ''} | ${cell(note ?? '')} |`;
}
