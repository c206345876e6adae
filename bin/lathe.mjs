#!/usr/bin/env node
import { existsSync } from 'node:fs';
import * as module from 'node:module';

const bundle = new URL('../dist/cli.mjs', import.meta.url);
// Node 22.1 and later keep compiled code between calls; this halves the time until a small command answers.
module.enableCompileCache?.();
if (existsSync(bundle)) await import(bundle.href);
else {
  process.stderr.write('lathe: not built yet; run: npm run build\n');
  process.exitCode = 1;
}
