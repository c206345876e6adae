import type * as vscode from 'vscode';
import { findStep } from '../../engine/recipe/steps.ts';
import { ask, type back } from './pick.ts';

interface EpochsItem extends vscode.QuickPickItem {
  epochs: number;
}

const usual = [1, 3, 10, 30, 100];

/** How often every picture is to be seen; any whole number that the step takes can be typed. */
export async function askEpochs(
  step: string,
  place: { title: string; step: number; steps: number },
): Promise<EpochsItem | typeof back | undefined> {
  const {
    minimum = 1,
    maximum = Infinity,
    default: preset = 3,
  } = (findStep(step)?.parameters.properties['epochs'] ?? {}) as {
    minimum?: number;
    maximum?: number;
    default?: number;
  };
  const all = [preset, ...usual.filter((epochs) => epochs !== preset)];
  return ask({
    ...place,
    placeholder: 'How many epochs? Choose, or type a number.',
    items: all.map((epochs) => item(epochs, epochs === preset ? 'usual for this step' : '')),
    typed: (text) => {
      const epochs = Number(text);
      return /^\d+$/.test(text.trim()) && epochs >= Math.max(1, minimum) && epochs <= maximum && !all.includes(epochs)
        ? item(epochs, 'as typed')
        : undefined;
    },
  });
}

const item = (epochs: number, description: string): EpochsItem => ({
  label: `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`,
  description,
  epochs,
});
