import type { ChainPlan } from '../../../protocol/results/chain.ts';
import type { Stage } from '../../chain/stages.ts';
import type { ChainTarget } from '../../targets/chain/types.ts';
import { cpuDevice } from '../../targets/verdict/types.ts';

type Finding = ChainPlan['findings'][number];

interface Known {
  readonly cuts: readonly Stage[];
  readonly target: ChainTarget;
  readonly isQuantized: boolean;
}

const rank = { error: 0, warning: 1, info: 2 };

/** What to mind in a plan, the worst first. */
export function findingsOf(plan: Omit<ChainPlan, 'findings'>, known: Known): Finding[] {
  const found = [...memoryFindings(plan, known), ...conversionFindings(plan, known), ...crossingFindings(plan, known)];
  return found.sort((a, b) => rank[a.severity] - rank[b.severity]);
}

function* memoryFindings({ memory }: Omit<ChainPlan, 'findings'>, { target }: Known): Generator<Finding> {
  for (const [at, { name, bytes, limit, fits, text }] of memory.entries()) {
    if (fits !== false || bytes === null || limit === undefined) continue;
    const { beyond = 'warning', hint } = target.memory[at]!;
    yield {
      severity: beyond,
      code: 'chain.memory',
      message: `${name}: ${megabytes(bytes)} of ${megabytes(limit)} (${text})`,
      ...(hint === undefined ? {} : { hint }),
    };
  }
}

/** Between two models on an accelerator every operator that it refuses sends the picture to the CPU and back. */
function* conversionFindings({ stages, crossings, target: name }: Omit<ChainPlan, 'findings'>, { cuts }: Known): Generator<Finding> {
  if (stages.every(({ subgraphs }) => subgraphs.every(({ device }) => device === cpuDevice))) return;
  for (const [at, { alias, conversions, after }] of stages.entries()) {
    const onCpu = conversions.filter(({ device }) => device === cpuDevice);
    if (onCpu.length === 0 || after.length === 0) continue;
    const before = after.map((one) => stages[one]!.alias).join(', ');
    const bytes = crossings
      .filter(({ to }) => to === at)
      .reduce<number | null>((sum, one) => (sum === null || one.bytes === null ? null : sum + one.bytes), 0);
    yield {
      severity: 'warning',
      code: 'chain.conversion',
      message: `between ${before} and ${alias} the CPU of ${name} computes ${onCpu.map(({ op, nodes }) => (nodes === 1 ? op : `${nodes} ${op}`)).join(', ')}${
        bytes === null ? '' : `: ${megabytes(bytes)} a picture leave the accelerator and come back`
      }`,
      hint: 'Let both models work at the same size and on the same numbers: train or export the second one for what the first one gives.',
      layers: cuts[at]!.conversions.flatMap(({ op, label }) => (onCpu.some((one) => one.op === op) ? [label] : [])),
    };
  }
}

/** In a model that is rounded, floats between two models are what nobody meant. */
function* crossingFindings({ stages, crossings }: Omit<ChainPlan, 'findings'>, { isQuantized }: Known): Generator<Finding> {
  if (!isQuantized) return;
  for (const { from, to, tensor, bytes, type } of crossings) {
    if (!type.startsWith('float')) continue;
    yield {
      severity: 'info',
      code: 'chain.float',
      message: `${stages[from]!.alias} gives ${stages[to]!.alias} ${tensor} as ${type}${bytes === null ? '' : `, ${megabytes(bytes)} a picture`}: four times what 8-bit integers would take`,
      hint: floatHint(stages[to]!),
    };
  }
}

/** What is computed between two models keeps floats between them, however both are rounded. */
const floatHint = ({ conversions }: ChainPlan['stages'][number]): string =>
  conversions.length
    ? `${[...new Set(conversions.map(({ op }) => op))].join(' and ')} in front of it take floats: where the second model takes what the first one gives, integers go across.`
    : 'Quantize both models, and what stands between them goes across as integers.';

const megabytes = (bytes: number): string =>
  bytes < 1 << 20 ? `${Number((bytes / 1024).toPrecision(3))} kB` : `${Number((bytes / (1 << 20)).toPrecision(3))} MB`;
