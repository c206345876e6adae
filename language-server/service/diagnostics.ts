import { DiagnosticSeverity, type Diagnostic } from 'vscode-languageserver-types';
import { loadRecipe } from '../../src/engine/recipe/load.ts';
import type { Problem } from '../../src/engine/recipe/types.ts';
import type { Request } from './feature.ts';

/** What is wrong with a recipe, in the order of its text. */
export function diagnostics({ document }: Request): Diagnostic[] {
  return loadRecipe(document.text.getText(), document.file ?? document.uri).problems.map(diagnosticOf);
}

const diagnosticOf = (problem: Problem): Diagnostic => ({
  range: {
    start: { line: problem.line - 1, character: problem.column - 1 },
    end: { line: problem.endLine - 1, character: problem.endColumn - 1 },
  },
  severity: problem.severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
  code: problem.code,
  source: 'lathe',
  message: problem.message,
});
