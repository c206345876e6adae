import type { Path } from './check.ts';

/** Steps of the recipe format that have no declaration yet, with the verb for the message. */
const steps: Readonly<Record<string, string>> = {
  joint: 'tune several models together',
};

/**
 * The recipe format knows more than this version can run. What is written and not yet there gets a plain message instead of "unknown".
 * Asked only for names the schema refuses, so an entry falls silent by itself once its step or value is declared.
 */
export function plannedName(path: Path, name: string): string | undefined {
  const inSteps = path[0] === 'steps' && path.length === 2;
  const inLayers = path[0] === 'layers' && path.length === 2;
  const verb = inSteps || inLayers ? steps[name] : undefined;
  return verb && `this version of Lathe cannot ${verb} yet`;
}
