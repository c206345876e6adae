import path from 'node:path';
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic, type Range } from 'vscode-languageserver-types';
import type { Issue, Spot } from '../../src/engine/recipe/check.ts';
import { diagnose } from '../../src/engine/recipe/diagnose.ts';
import { pageOf } from '../../src/engine/recipe/problem-kinds.ts';
import type { World } from '../../src/engine/recipe/world.ts';
import type { Range as TextRange } from '../../src/engine/recipe/text.ts';
import { visible } from '../../src/protocol/format.ts';
import type { RecipeDocument } from './document.ts';
import { emptyFacts, type Facts } from './facts.ts';
import type { Request } from './feature.ts';

/** Nobody reads longer ones, and names in a file may be 1 MB long. */
const longestMessage = 1000;

const severities = { error: DiagnosticSeverity.Error, warning: DiagnosticSeverity.Warning, info: DiagnosticSeverity.Information };
const tags = { unnecessary: DiagnosticTag.Unnecessary, deprecated: DiagnosticTag.Deprecated };

/** What is wrong with a recipe, in the order of its text. `pages`: where the pages on problems are (`docs/reference/problems.md`). */
export function diagnostics(request: Request, pages?: string): Diagnostic[] {
  const { document } = request;
  const syntax = document.tree.problems.map((problem): Diagnostic => ({
    ...common(problem, pages),
    range: rangeOf(problem),
  }));
  const meaning = issuesOf(request).map((issue) => diagnosticOf(issue, document, pages));
  return [...syntax, ...meaning].sort(
    (a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character,
  );
}

/** What there is to say of a recipe, before it has places. */
export function issuesOf({ document: { tree, file }, facts }: Request): Issue[] {
  const folder = file === undefined ? path.sep : path.dirname(file);
  return diagnose(tree, folder, worldOf(file === undefined ? emptyFacts : facts, folder));
}

/** What is known, as checks ask for it: label files are looked for beside the recipe first. */
const worldOf = (facts: Facts, folder: string): World => ({
  model: (file) => facts.model(file),
  data: (place, labels) => facts.data(place, labels, folder),
  pruning: (file) => facts.pruning(file),
  folder: (place) => facts.folder(place),
  ...(facts.memory === undefined ? {} : { memory: facts.memory }),
});

/** An issue as editors show it. */
export function diagnosticOf(issue: Issue, document: RecipeDocument, pages?: string): Diagnostic {
  const { related, tag } = issue;
  const relatedInformation = related?.map((spot) => ({
    location: { uri: document.uri, range: spotRange(spot, document) },
    message: shown(spot.message),
  }));
  return {
    ...common(issue, pages),
    range: spotRange(issue, document),
    ...(tag ? { tags: [tags[tag]] } : {}),
    ...(relatedInformation?.length ? { relatedInformation } : {}),
  };
}

const spotRange = ({ path: place, at }: Spot, { tree }: RecipeDocument): Range => rangeOf(tree.locate(place, at));

function common(
  { severity, code, message }: Pick<Issue, 'severity' | 'code' | 'message'>,
  pages: string | undefined,
): Omit<Diagnostic, 'range'> {
  return {
    severity: severities[severity],
    code,
    source: 'lathe',
    message: shown(message),
    ...(pages === undefined ? {} : { codeDescription: { href: `${pages}#${pageOf(code)}` } }),
  };
}

const shown = (message: string): string => {
  const text = visible(message.slice(0, longestMessage));
  return message.length > longestMessage ? `${text}…` : text;
};

const rangeOf = ({ line, column, endLine, endColumn }: TextRange): Range => ({
  start: { line: line - 1, character: column - 1 },
  end: { line: endLine - 1, character: endColumn - 1 },
});
