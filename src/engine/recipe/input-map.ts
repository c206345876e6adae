import { inputSettings, type InputDeclaration } from '../data/source.ts';

/** `data.input` is one declaration, or a map of them by input name, whose values are all maps and whose keys are no settings. */
export function isInputMap(input: InputDeclaration | Record<string, InputDeclaration>): input is Record<string, InputDeclaration> {
  return Object.keys(input).length > 0 && Object.keys(input).every((key) => !Object.hasOwn(inputSettings.properties, key));
}
