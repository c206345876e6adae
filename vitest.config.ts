import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** As the bundler does it: a script for another machine is text. */
const scriptsAsText = {
  name: 'scripts-as-text',
  enforce: 'pre',
  load: (id: string) => (/[.](py|sh)$/.test(id) ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : undefined),
} as const;

export default defineConfig({
  plugins: [scriptsAsText],
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    setupFiles: ['test/support/property-seed.ts'],
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      { extends: true, test: { name: 'golden', include: ['test/golden/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 } },
    ],
  },
});
