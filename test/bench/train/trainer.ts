import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { median } from '../measure.ts';

/** Milliseconds of one step: on the clock, of the processor, and on the clock but not inside the runtime (ours only). */
export interface StepTimes {
  readonly wall: number;
  readonly cpu: number;
  readonly outside?: number;
}

interface Answer {
  readonly steps: readonly StepTimes[];
  readonly peakMiB: number;
}

/** First steps take memory and choose kernels. */
const warmUp = 3;

/** A process that trains a network, some steps whenever it is asked for them: two of them can take turns under the same conditions. */
export class Trainer {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly steps: StepTimes[] = [];
  peakMiB = 0;
  #errors = '';

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.#child.stderr!.on('data', (text) => (this.#errors = (this.#errors + text).slice(-2000)));
    this.#lines = createInterface({ input: this.#child.stdout! });
  }

  async warmUp(): Promise<void> {
    await this.#ask(warmUp);
  }

  async run(steps: number): Promise<void> {
    this.steps.push(...(await this.#ask(steps)).steps);
  }

  median(of: keyof StepTimes): number {
    return median(this.steps.map((step) => step[of] ?? 0));
  }

  least(of: keyof StepTimes): number {
    return Math.min(...this.steps.map((step) => step[of] ?? 0));
  }

  end(): void {
    this.#lines.close();
    this.#child.stdin!.end();
    this.#child.kill('SIGKILL');
  }

  #ask(steps: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`a training process ended with ${code}: ${this.#errors}`));
      this.#child.once('close', ended);
      this.#lines.once('line', (line) => {
        this.#child.off('close', ended);
        try {
          const answer = JSON.parse(line) as Answer;
          this.peakMiB = answer.peakMiB;
          resolve(answer);
        } catch (error) {
          reject(error as Error);
        }
      });
      this.#child.stdin!.write(`${steps}\n`);
    });
  }
}
