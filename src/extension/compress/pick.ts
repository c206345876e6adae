import * as vscode from 'vscode';

/** One question of several, asked by a quick pick with a way back. */
export interface Question<Item extends vscode.QuickPickItem> {
  title: string;
  /** From 1. */
  step: number;
  steps: number;
  placeholder: string;
  items: readonly Item[] | Promise<readonly Item[]>;
  /** What a text that was typed stands for, where it stands for something: offered before all others. */
  typed?: (text: string) => Item | undefined;
}

export const back = Symbol('back');

/** The chosen item, `back`, or undefined when the user turned away. */
export async function ask<Item extends vscode.QuickPickItem>(question: Question<Item>): Promise<Item | typeof back | undefined> {
  const input = vscode.window.createQuickPick<Item>();
  input.title = question.title;
  input.step = question.step;
  input.totalSteps = question.steps;
  input.placeholder = question.placeholder;
  input.matchOnDescription = true;
  input.matchOnDetail = true;
  input.ignoreFocusOut = true;
  if (question.step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  try {
    input.busy = true;
    input.show();
    const chosen = new Promise<Item | typeof back | undefined>((resolve) => {
      input.onDidAccept(() => resolve(input.selectedItems[0]));
      input.onDidTriggerButton(() => resolve(back));
      input.onDidHide(() => resolve(undefined));
    });
    const items = await question.items;
    input.items = items;
    input.busy = false;
    const { typed } = question;
    if (typed) {
      input.onDidChangeValue((text) => {
        const own = typed(text);
        input.items = own ? [{ ...own, alwaysShow: true }, ...items] : items;
      });
    }
    return await chosen;
  } finally {
    input.dispose();
  }
}

/** Asks one question after another; going back asks the one before again. Undefined when the user turned away. */
export async function askAll<Answers extends object>(
  answers: Answers,
  questions: readonly ((answers: Answers) => Promise<boolean | typeof back>)[],
): Promise<Answers | undefined> {
  for (let at = 0; at < questions.length;) {
    const outcome = await questions[at]?.(answers);
    if (outcome === back) at = Math.max(0, at - 1);
    else if (outcome) at++;
    else return undefined;
  }
  return answers;
}

/** Keeps an answer and goes on; hands "back" through; false when the user turned away. */
export function keep<Answer>(
  answer: Answer | typeof back | undefined,
  take: (answer: Exclude<Answer, typeof back>) => void,
): boolean | typeof back {
  if (answer === back || answer === undefined) return answer === back ? back : false;
  take(answer as Exclude<Answer, typeof back>);
  return true;
}
