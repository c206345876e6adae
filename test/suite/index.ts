import * as fs from 'node:fs';
import * as path from 'node:path';
import Mocha from 'mocha';
import { watchRejections } from './rejections.ts';

/** VS Code calls this inside the extension host. The results file, written last, is the only proof that the tests ran. */
export async function run(): Promise<void> {
  const results = process.env['LATHE_TEST_RESULTS'];
  if (!results) throw new Error('LATHE_TEST_RESULTS must name the file for the results: start the suite by scripts/test-host.mjs');
  const rejections = watchRejections();
  const mocha = new Mocha({ ui: 'bdd', color: false, timeout: 120_000, grep: process.env['MOCHA_GREP'] });
  for (const file of fs.readdirSync(__dirname).sort()) if (file.endsWith('.test.cjs')) mocha.addFile(path.join(__dirname, file));
  const runner = await new Promise<Mocha.Runner>((resolve) => {
    const started: Mocha.Runner = mocha.run(() => resolve(started));
  });
  const unhandled = await rejections.settle();
  for (const reason of unhandled) console.error(`unhandled rejection: ${reason}`);
  const { passes = 0, pending = 0, failures = 1 } = runner.stats ?? {};
  const failed = failures + unhandled.length;
  fs.writeFileSync(results, JSON.stringify({ passes, failures: failed, pending }));
  if (failed) throw new Error(`${failed} tests failed`);
}
