import { checkRecipe } from '../../engine/recipe/load.ts';
import { compilers, runners } from '../../engine/targets/boards.ts';
import { compileSettings, type CompileSettings } from '../../engine/targets/deploy-settings.ts';
import { fillDefaults } from '../../engine/recipe/defaults.ts';
import { targets } from '../../engine/targets/index.ts';
import { verdicts } from '../../engine/targets/verdicts.ts';
import { LatheError } from '../../engine/base/errors.ts';

/** What targets can do; loaded when a board is first thought of. */

export const checkTargets: ReadonlySet<string> = new Set(verdicts.map(({ target }) => target.name));
export const compileTargets: ReadonlySet<string> = new Set(compilers.map(({ target }) => target));
export const deployTargets: ReadonlySet<string> = new Set(runners.map(({ target }) => target));

/** All targets with a word on each, in the order of their list. */
export const targetChoices = (): { name: string; title: string; summary: string }[] =>
  targets.map(({ name, title, summary }) => ({ name, title, summary }));

/** Settings of a compiler as a task has them, defaults filled in. Throws `compile.settings`. */
export function compileSettingsOf(written: Readonly<Record<string, unknown>> = {}): CompileSettings {
  const { issues } = checkRecipe({ version: 1, model: 'model.onnx', deploy: { compile: written } });
  const wrong = issues.find(({ severity, path }) => severity === 'error' && path[0] === 'deploy');
  if (!wrong) return fillDefaults(compileSettings, written) as CompileSettings;
  throw new LatheError('compile.settings', `"compile" of the task: ${wrong.message}`, {
    hint: 'It takes what "compile" below "deploy:" takes in a recipe.',
  });
}
