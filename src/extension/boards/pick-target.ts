import * as vscode from 'vscode';

/** Asks for which board; undefined when the user turned away. */
export async function pickTarget(purpose: 'check' | 'compile'): Promise<string | undefined> {
  const { checkTargets, compileTargets, targetChoices } = await import('./abilities.ts');
  const able = purpose === 'check' ? checkTargets : compileTargets;
  const items = targetChoices()
    .filter(({ name }) => able.has(name))
    .map(({ name, title, summary }) => ({ label: title, description: name, detail: summary, name }));
  const placeHolder = purpose === 'check' ? 'Check for which board?' : 'Compile for which board?';
  return (await vscode.window.showQuickPick(items, { ignoreFocusOut: true, placeHolder, matchOnDescription: true }))?.name;
}
