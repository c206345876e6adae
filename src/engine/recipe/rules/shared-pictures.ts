import path from 'node:path';
import { sharedFiles } from '../facts/path-prints.ts';
import type { ResolvedSource } from '../types.ts';
import { known, type World } from '../world.ts';
import type { Issue } from '../check.ts';
import type { Rule } from './rule.ts';

const text =
  'Pictures of `data.test` must have had no part in anything before (`train`, `validation`, `calibration`), or the final figure is too good. Give them a folder of their own, or keep them apart by `split` and a column of that name in the label file.';

/** Test pictures that were seen before. */
export const sharedPictures: Rule = {
  kinds: [
    {
      code: 'recipe.test-in-choices',
      severity: 'error',
      title: 'Test pictures that choices look at',
      text: `${text} Choices (the best epoch, what \`auto\` keeps) look at \`validation\`.`,
      example: 'data:\n  validation: { path: pictures/test }\n  test: { path: pictures/test, labels: folders }',
    },
    {
      code: 'recipe.test-seen',
      severity: 'warning',
      title: 'Test pictures that were seen before',
      text,
      example: 'data:\n  calibration: { path: pictures }\n  test: { path: pictures/test, labels: folders }',
    },
  ],
  *check({ recipe, data, world }) {
    const { test } = data;
    if (!test) return;
    const validation = data.validation?.kind === 'path' ? data.validation.source : undefined;
    const inChoices = validation && shared(validation, test, world);
    if (inChoices) {
      const message = `test and validation are ${inChoices}: choices made on them would make the final figure too good`;
      yield { ...place('validation'), severity: 'error', code: 'recipe.test-in-choices', message };
    }
    for (const use of ['train', 'calibration'] as const) {
      const other = recipe.data?.[use] && data[use];
      const what = other && shared(other, test, world);
      if (!what) continue;
      yield {
        ...place(use),
        severity: 'warning',
        code: 'recipe.test-seen',
        message: `test and ${use} are ${what}: the final figure will be too good`,
      };
    }
  },
};

const place = (use: string): Pick<Issue, 'path' | 'at' | 'related'> => ({
  path: ['data', 'test'],
  at: 'key',
  related: [{ path: ['data', use, 'path'], at: 'value', message: `the same pictures as ${use}` }],
});

/** "the same pictures" where one place is inside the other, unless two splits of a label file keep them apart; else by their files. */
function shared(a: ResolvedSource, b: ResolvedSource, world: World): string | undefined {
  if (a.split !== undefined && b.split !== undefined && a.split !== b.split) return undefined;
  const inside = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(outer + path.sep);
  if (inside(a.path, b.path) || inside(b.path, a.path)) return 'the same pictures';
  const [of, and] = [known(world.data(a.path, a.labels)), known(world.data(b.path, b.labels))];
  const count = of && and && sharedFiles(of, and);
  return count ? `the same in ${count} picture${count === 1 ? '' : 's'}` : undefined;
}
