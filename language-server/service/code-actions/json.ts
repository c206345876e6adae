/** The recipe is written as JSON: keys have quotes, and there are no comments. */
export const isJson = (text: string): boolean => text.trimStart().startsWith('{');
