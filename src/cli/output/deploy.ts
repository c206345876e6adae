import { bytes, count, visible } from '../../protocol/format.ts';
import type { Measurement } from '../../protocol/results/common.ts';
import type { BoardDocument, DeployDocument, OutputsMatch } from '../../protocol/results/board.ts';
import { chainText, throughputText } from './chain.ts';
import { figure } from './figures.ts';
import { shownPath } from './paths.ts';
import type { Style } from './style.ts';
import { facts } from './table.ts';

type Facts = ([string, string] | undefined)[];

const title = ({ target, host }: Pick<DeployDocument, 'target' | 'host'>, style: Style): string =>
  style.bold(visible(`${target}${host === null ? '' : ` on ${host}`}`));

/** What a board has measured. */
export function deployText(document: DeployDocument, style: Style, cwd: string, width: number): string {
  const { model, latencyMs, fps = [], power, board, error, steps } = document;
  const failed = steps.find(({ state }) => state === 'failed');
  const rows: Facts = [
    board === undefined ? undefined : ['board', visible(board)],
    ['model', `${visible(shownPath(model.path, cwd))}  ${bytes(model.bytes)}`],
    model.macs === null ? undefined : ['MACs', macsText(model)],
    model.subgraphs && ['sub-graphs', `${model.subgraphs.accelerator} on the accelerator, ${model.subgraphs.total} in all`],
    latencyMs && [
      'latency',
      `${style.bold(`${latencyMs.median.toFixed(2)} ms`)} median, ${latencyMs.p90.toFixed(2)} ms 90th percentile, of ${latencyMs.runs}`,
    ],
    fps.length
      ? ['pictures/s', fps.map((one) => `${one.fps.toFixed(1)} with ${one.threads} thread${one.threads === 1 ? '' : 's'}`).join(', ')]
      : undefined,
    power && ['power', powerText(power)],
    ...metricFacts(document, style),
    document.outputsMatch && ['outputs', matchText(document.outputsMatch, style)],
    failed && ['failed at', style.bad(visible(failed.title))],
    error && ['', visible(error.message)],
    ['run', visible(shownPath(document.run, cwd))],
  ];
  const chain = chainParts(document, style, width);
  return [`${title(document, style)}\n${facts(rows, style)}`, ...chain].join('\n\n');
}

/** Of several models: how they run, and what they got through one by one. */
const chainParts = ({ chain }: DeployDocument, style: Style, width: number): string[] =>
  chain ? [...(chain.measured ? [throughputText(chain.measured, style, width)] : []), chainText(chain.plan, style, width)] : [];

const macsText = ({ macs, acceleratorMacs }: DeployDocument['model']): string =>
  acceleratorMacs === null || acceleratorMacs === 0
    ? count(macs ?? 0)
    : `${count(macs ?? 0)}, ${((100 * acceleratorMacs) / (macs || 1)).toFixed(1)} % on the accelerator`;

function powerText({ watts, idleWatts, joulesPerPicture }: NonNullable<DeployDocument['power']>): string {
  const energy = joulesPerPicture === undefined ? '' : `, ${(1000 * joulesPerPicture).toFixed(1)} mJ a picture above idle`;
  return `${watts.toFixed(2)} W, ${idleWatts.toFixed(2)} W idle${energy}`;
}

/** The three stages in a line. */
function metricFacts({ metrics }: DeployDocument, style: Style): Facts {
  const { float, simulated, board } = metrics ?? {};
  const shown = (name: string, one: Measurement | undefined): string[] =>
    one ? [`${name} ${style.bold(figure(one.value, one.unit))}`] : [];
  const first = board ?? simulated ?? float;
  if (!first) return [];
  return [
    [
      first.metric,
      `${[...shown('float', float), ...shown('simulated', simulated), ...shown('board', board)].join(', ')}, ${first.samples} pictures`,
    ],
  ];
}

function matchText({ elements, equal, maxAbs, maxSteps, pictures }: OutputsMatch, style: Style): string {
  const of = `${count(elements)} elements of ${pictures} picture${pictures === 1 ? '' : 's'}`;
  if (equal === elements) return style.good(`all ${of} are what was simulated`);
  const steps = maxSteps === undefined ? '' : ` (${maxSteps.toFixed(2)} steps)`;
  return style.warn(`${count(elements - equal)} of ${of} differ from the simulation, by ${maxAbs.toPrecision(3)} at most${steps}`);
}

/** The commands of `--dry-run`, and of an entry without a host. */
export function plannedText(document: DeployDocument, style: Style, width: number): string {
  const lines = document.plan.map(({ title: what, where, text }) => {
    const commands = text.split('\n').map(visible).join('\n');
    return `${style.dim(`# ${visible(what)}${where === 'here' ? '' : ` (on ${visible(where)})`}`)}\n${commands}`;
  });
  const error = document.error ? [style.bad(visible(document.error.message))] : [];
  const chain = chainParts(document, style, width);
  return [`${title(document, style)}, planned only`, ...lines, ...error, ...chain].join('\n');
}

export function boardText({ target, host, state, summary, rows, missing, models }: BoardDocument, style: Style): string {
  const paint = { ready: style.good, incomplete: style.warn, unreachable: style.bad }[state];
  const list: Facts = [
    ['state', paint(`${state}: ${visible(summary)}`)],
    ...rows.map(({ name, value }): [string, string] => [visible(name), visible(value)]),
    ...missing.map(({ what, advice }): [string, string] => ['missing', `${visible(what)}. ${visible(advice)}`]),
    ...models.map(({ name, bytes: size, deployed }): [string, string] => [
      'model',
      `${visible(name)}  ${bytes(size)}${deployed === undefined ? '' : `  ${deployed}`}`,
    ]),
  ];
  return `${title({ target, host }, style)}\n${facts(list, style)}`;
}
