import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface Scenario {
  /** Lines that the compiler prints. */
  log?: string[];
  exitCode?: number;
  /** File that it copies to where its result goes; '' makes an empty one; absent: none. */
  output?: string;
  /** Its result is a link to that file. */
  link?: boolean;
  hang?: boolean;
  endless?: boolean;
  binary?: boolean;
  /** Of docker and podman. */
  daemon?: boolean;
  rootless?: boolean;
  images?: string[];
  /** What starting a container answers, instead of starting it. */
  refuses?: string;
}

export interface Call {
  program: string;
  args: string[];
  cwd: string;
}

/** A folder for PATH with programs that act as the scenario says. */
export class FakeVitis {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-fake-vitis-'));
  readonly #path = process.env['PATH'];

  constructor(programs: readonly string[], scenario: Scenario) {
    for (const program of programs) {
      const file = path.join(this.folder, program);
      const text = readFileSync(path.join(import.meta.dirname, 'tool.mjs'), 'utf8');
      // Without an ending Node takes it for CommonJS: a line of shell starts the module beside it.
      writeFileSync(`${file}.mjs`, text.replace('const name = path.basename(file);', "const name = path.basename(file, '.mjs');"));
      writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${file}.mjs' "$@"\n`, { mode: 0o755 });
    }
    this.becomes(scenario);
    process.env['PATH'] = `${this.folder}`;
  }

  becomes(scenario: Scenario): void {
    writeFileSync(path.join(this.folder, 'scenario.json'), JSON.stringify(scenario));
  }

  calls(program?: string): Call[] {
    const file = path.join(this.folder, 'calls.jsonl');
    if (!existsSync(file)) return [];
    const all = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Call); // prettier-ignore
    return all.filter((call) => program === undefined || call.program === program);
  }

  /** A container that an earlier job has left. */
  leaveContainer(name: string): void {
    mkdirSync(path.join(this.folder, 'containers'), { recursive: true });
    writeFileSync(path.join(this.folder, 'containers', name), '999999999');
  }

  get containers(): string {
    return path.join(this.folder, 'containers');
  }

  /** Written when the compiler hangs. */
  get hanging(): string {
    return path.join(this.folder, 'hangs');
  }

  keep(file: string, as: string): string {
    const to = path.join(this.folder, as);
    copyFileSync(file, to);
    return to;
  }

  close(): void {
    process.env['PATH'] = this.#path;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
