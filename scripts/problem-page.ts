import { problemKinds } from '../src/engine/recipe/problem-kinds.ts';

const severities = { error: 'Error', warning: 'Warning', info: 'Information' };

/** The page on all problems of recipes, as Markdown: `codeDescription` of diagnostics leads here. Each heading is a code. */
export function problemPage(): string {
  const parts = [
    '# Problems of recipes',
    'Written by `npm run docs` from the rules in the code. `lathe validate` and the editor tell the same; errors keep a recipe from running.',
    ...problemKinds.flatMap(({ code, severity, title, text, example }) => [
      `## ${code}`,
      `**${title}.** ${severities[severity]}.`,
      text,
      ...(example === undefined ? [] : ['For example:', `\`\`\`yaml\n${example}\n\`\`\``]),
    ]),
  ];
  return `${parts.join('\n\n')}\n`;
}
