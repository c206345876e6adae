import { Type, type Static } from '@sinclair/typebox';
import type { LossDeclaration } from './declaration.ts';
import type { Loss } from './loss.ts';
import { meanOf } from './restoration.ts';

const parameters = Type.Object({
  epsilon: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1,
    default: 1e-3,
    description: 'How far from 0 the difference counts squared, in units of the output.',
  }),
});

/** Mean of √((output − target)² + ε²): |x| that is round at 0 (Charbonnier et al. 1994; ε as Lai et al. 2017, LapSRN). In the input's units. */
export const charbonnier = ({ epsilon }: Static<typeof parameters>): Loss => ({
  name: 'charbonnier',
  build: (site) =>
    meanOf(site, (difference) =>
      site.emit('Sqrt', [site.emit('Add', [site.emit('Mul', [difference, difference]), site.number(epsilon ** 2)])]),
    ),
});

export const charbonnierLoss = {
  name: 'charbonnier',
  summary: 'Mean of √(difference² + ε²): the absolute difference, round at 0.',
  source: 'Charbonnier et al. 1994; ε as Lai et al. 2017, LapSRN, arXiv:1704.03915',
  parameters,
  compares: 'targets',
  make: (settings) => charbonnier(settings),
} satisfies LossDeclaration<typeof parameters>;
