import type { StepDeclaration } from '../base/declaration.ts';
import type { Settings } from './types.ts';

/** Settings of a step that name a model which is no alias of the recipe: those that its declaration marks with `model: true`. By key. */
export function modelFiles(
  step: StepDeclaration | undefined,
  settings: Settings,
  aliases: readonly string[],
): [key: string, file: string][] {
  return Object.entries(step?.parameters.properties ?? {}).flatMap(([key, schema]): [string, string][] => {
    const file = settings[key];
    return schema['model'] === true && typeof file === 'string' && !aliases.includes(file) ? [[key, file]] : [];
  });
}

/** The settings with other paths in these places. */
export function withModelPaths(
  step: StepDeclaration | undefined,
  settings: Settings,
  aliases: readonly string[],
  moved: (file: string) => string,
): Settings {
  const files = modelFiles(step, settings, aliases);
  return files.length ? { ...settings, ...Object.fromEntries(files.map(([key, file]) => [key, moved(file)])) } : settings;
}
