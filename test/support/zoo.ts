import { existsSync } from 'node:fs';
import path from 'node:path';
import { it } from 'vitest';

const folder = process.env['LATHE_ZOO'] ?? path.resolve(import.meta.dirname, '../../../shared/zoo');

/** Folder of real models and data that lies beside the checkout on some machines; never part of the project. */
export const zoo: string | undefined = existsSync(folder) ? folder : undefined;

let said = false;

/** A test on real models. Where the zoo is absent it is listed as skipped and the reason is printed once per file. */
export function itWithZoo(name: string, test: (zoo: string) => void | Promise<void>, timeoutMs?: number): void {
  if (zoo) {
    const present = zoo;
    it(name, () => test(present), timeoutMs);
    return;
  }
  if (!said) process.stdout.write(`zoo not found at ${folder}: tests on real models are not run\n`);
  said = true;
  it.skip(name);
}
