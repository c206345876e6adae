import type { StepDeclaration } from '../base/declaration.ts';
import type { Settings } from './types.ts';

/** Settings of a step in which those that name a model (`model: true` in the declaration) hold another path; names of `models` stay. */
export function withModelPaths(
  step: StepDeclaration | undefined,
  settings: Settings,
  aliases: readonly string[],
  moved: (file: string) => string,
): Settings {
  const keys = Object.entries(step?.parameters.properties ?? {}).flatMap(([key, schema]) => (schema['model'] === true ? [key] : []));
  const files = keys.flatMap((key) => {
    const file = settings[key];
    return typeof file === 'string' && !aliases.includes(file) ? [[key, moved(file)] as const] : [];
  });
  return files.length ? { ...settings, ...Object.fromEntries(files) } : settings;
}
