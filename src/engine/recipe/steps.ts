import type { TSchema } from '@sinclair/typebox';
import type { StepDeclaration } from '../base/declaration.ts';
import { fitStep } from '../fit/step.ts';
import { jointStep } from '../joint/step.ts';
import { clusterStep } from '../prune/cluster-step.ts';
import { pruneStep } from '../prune/step.ts';
import { qatStep } from '../qat/step.ts';
import { quantizeStep } from '../quantize/step.ts';
import { distillStep } from '../train/distill-step.ts';
import { trainStep } from '../train/step.ts';
import { autoStep } from '../search/auto-step.ts';

/** Every step a recipe can have. Each declares its settings beside the code that uses them. */
export const steps: readonly StepDeclaration[] = [
  trainStep,
  distillStep,
  pruneStep,
  clusterStep,
  fitStep,
  quantizeStep,
  qatStep,
  autoStep,
  jointStep,
];

export const findStep = (name: string): StepDeclaration | undefined => steps.find((step) => step.name === name);

/** Whether a step reads a setting of layers: a key of its own, or of a step inside of it (`joint` rounds by `qat`) one that may differ by layer. */
export const readsKey = ({ parameters: { properties } }: StepDeclaration, key: string): boolean =>
  Object.hasOwn(properties, key) ||
  Object.values<TSchema>(properties).some(
    (inner) => (inner['properties'] as Record<string, TSchema> | undefined)?.[key]?.['layer'] === true,
  );
