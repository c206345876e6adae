import { readFileSync } from 'node:fs';
import { createOrtRuntime } from '../../../src/engine/runtime/ort-node.ts';
import { plainContext } from '../../../src/engine/base/context.ts';
import { runRecipe } from '../../../src/engine/api.ts';
import type { ResolvedRecipe } from '../../../src/engine/recipe/types.ts';

// A process to be killed: runs the recipe in the JSON file it is given, with a clock so fast that checkpoints come many times a second.
const [file = '', choice = 'new', threads = '1'] = process.argv.slice(2);
const clock = { now: () => Date.now(), monotonic: () => performance.now() * 100 };
const recipe = JSON.parse(readFileSync(file, 'utf8')) as ResolvedRecipe;
await runRecipe(
  recipe,
  { runtime: await createOrtRuntime(), context: plainContext({ clock, threads: Number(threads) }) },
  { choice: choice === 'newest' ? 'newest' : 'new' },
);
