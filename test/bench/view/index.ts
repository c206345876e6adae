import { existsSync } from 'node:fs';
import type { BenchGroup } from '../measure.ts';
import { drawing } from './drawing.ts';
import { host } from './host.ts';
import { layouts } from './layouts.ts';

export const view: BenchGroup = {
  name: 'view',
  async run(bench) {
    if (!existsSync('dist/model-view.js')) return bench.skip('view', 'dist/ is not built: npm run build');
    await drawing(bench);
    await host(bench);
    await layouts(bench);
  },
};
