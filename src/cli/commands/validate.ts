import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { prepareRecipe } from '../../engine/recipe/prepare.ts';
import type { Problem } from '../../engine/recipe/types.ts';
import type { Cli, CommonOptions } from '../cli.ts';
import { examples, sample } from '../examples.ts';
import { wrongCall } from '../failure.ts';
import { commonOptions } from '../options/general.ts';
import { printResult } from '../output/result.ts';
import type { Style } from '../output/style.ts';
import { visible } from '../output/table.ts';

export function validate(command: Command, cli: Cli): void {
  commonOptions(command)
    .description('Checks recipes without running them: keys, values, layer names, limits of the target. Exit code 2 if one has an error.')
    .argument('<recipe...>', 'recipes (*.compress.yaml)')
    .action(async (files: string[], options: CommonOptions) => {
      const problems = (await Promise.all(files.map((file) => check(file, cli.cwd)))).flat();
      const { quiet } = options;
      printResult(cli, 'validate', options, { problems }, (document, style) => text(document.problems, files.length, style, quiet));
      if (problems.some((problem) => problem.severity === 'error')) cli.exitCode = 2;
    });
  examples(command, `lathe validate ${sample.recipe}`, `lathe validate ${sample.recipe} --json`);
}

async function check(file: string, cwd: string): Promise<Problem[]> {
  const absolute = path.resolve(cwd, file);
  const source = { text: await readText(absolute, file), file: absolute, shownAs: file };
  return (await prepareRecipe(source, { runs: path.resolve(cwd, 'lathe-runs'), for: 'validate', memory: totalmem() })).problems;
}

/** A recipe's text. Throws `cli.unreadable` with the system's reason. */
export async function readText(file: string, shownAs: string): Promise<string> {
  let text;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'this is a folder, not a recipe' : message;
    throw wrongCall('unreadable', `${shownAs}: ${reason}`);
  }
  if (text.includes('\0')) throw wrongCall('unreadable', `${shownAs}: this is a binary file, not a recipe`);
  return text;
}

const severities = (style: Style): Record<Problem['severity'], string> => ({
  error: style.bad('error'),
  warning: style.warn('warning'),
  info: style.dim('info'),
});

function text(problems: readonly Problem[], files: number, style: Style, quiet: boolean | undefined): string {
  const lines = problems.map((problem) => {
    const severity = severities(style)[problem.severity];
    return `${problem.file}:${problem.line}:${problem.column}: ${severity}: ${visible(problem.message)} ${style.dim(problem.code)}`;
  });
  if (quiet) return lines.join('\n');
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.filter((problem) => problem.severity === 'warning').length;
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  const verdict = errors + warnings === 0 ? style.good('no problems') : `${count(errors, 'error')}, ${count(warnings, 'warning')}`;
  return [...lines, `${count(files, 'recipe')}: ${verdict}`].join('\n');
}
