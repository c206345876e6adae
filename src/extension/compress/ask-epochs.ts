import type * as vscode from 'vscode';
import type { TSchema } from '@sinclair/typebox';
import { findStep } from '../../engine/recipe/steps.ts';
import { ask, type back } from './pick.ts';

interface EpochsItem extends vscode.QuickPickItem {
  epochs: number;
}

const usual = [1, 3, 10, 30, 100];

const withoutTraining: EpochsItem = { label: 'No training', detail: 'Seconds, no labels needed.', epochs: 0 };

/** How often every picture is to be seen; any whole number that the step takes can be typed. A step that trains only on demand is asked for none first. */
export async function askEpochs(
  step: string,
  place: { title: string; step: number; steps: number },
): Promise<EpochsItem | typeof back | undefined> {
  const { minimum = 1, maximum = Infinity, default: preset = 3 } = epochsOf(step);
  const all = [preset, ...usual.filter((epochs) => epochs !== preset)];
  return ask({
    ...place,
    placeholder: 'How many epochs? Choose, or type a number.',
    items: [
      ...(trainsOnDemand(step) ? [withoutTraining] : []),
      ...all.map((epochs) => item(epochs, epochs === preset ? 'usual for this step' : '')),
    ],
    typed: (text) => {
      const epochs = Number(text);
      return /^\d+$/.test(text.trim()) && epochs >= Math.max(1, minimum) && epochs <= maximum && !all.includes(epochs)
        ? item(epochs, 'as typed')
        : undefined;
    },
  });
}

/** Its training is a setting of its own, left out where nothing trains. */
export const trainsOnDemand = (step: string): boolean => propertiesOf(findStep(step)?.parameters)['finetune'] !== undefined;

/** The declaration of its epochs. */
function epochsOf(step: string): { minimum?: number; maximum?: number; default?: number } {
  const own = propertiesOf(findStep(step)?.parameters);
  return own['epochs'] ?? propertiesOf(own['finetune'])['epochs'] ?? {};
}

const propertiesOf = (schema: TSchema | undefined): Record<string, TSchema> => (schema?.['properties'] ?? {}) as Record<string, TSchema>;

const item = (epochs: number, description: string): EpochsItem => ({
  label: `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}`,
  description,
  epochs,
});
