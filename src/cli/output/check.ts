import { bytes, count } from '../../protocol/format.ts';
import type { CheckDocument, CheckedNode } from '../../protocol/results/board.ts';
import { chainText } from './chain.ts';
import type { Style } from './style.ts';
import { facts, middleCut, table, visible } from './table.ts';

/** Rows of a table that is not asked for whole. */
const mostRows = 12;
/** Nodes named of those that one reason is about. */
const mostNamed = 3;

/** A check for people: counts, what is refused with reason and fix, sub-graphs, what goes between them; every node where asked. */
export function checkText(document: CheckDocument, style: Style, width: number, verbose: boolean): string {
  return [
    head(document, style),
    verbose ? nodeTable(document, style, width) : undefined,
    reasons('no', `On the CPU`, document, style, width, verbose),
    reasons('if', `On the accelerator if …`, document, style, width, verbose),
    positions(document, style, width, verbose),
    subgraphTable(document, style, width, verbose),
    transferTable(document, style, width, verbose),
    document.chain && chainText(document.chain, style, width),
  ]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

function head({ title, architecture, nodes, macs, subgraphs, transfers, quantization }: CheckDocument, style: Style): string {
  const of = (wanted: string): number => nodes.filter(({ verdict }) => verdict === wanted).length;
  const [yes, sure, no] = [of('yes'), of('if'), of('no')];
  const devices = new Map<string, number>();
  for (const { device } of subgraphs) devices.set(device, (devices.get(device) ?? 0) + 1);
  const moved = transfers.reduce<number | null>((sum, { bytes: size }) => (sum === null || size === null ? null : sum + size), 0);
  const counts = [`${style.good(String(yes))} yes`, `${style.warn(String(sure))} if`, `${style.bad(String(no))} no`].join(', ');
  return facts(
    [
      ['target', `${style.bold(title)}${architecture === undefined ? '' : `  ${visible(architecture)}`}`],
      ['nodes', `${nodes.length}: ${counts}`],
      [
        'MACs',
        macsText(
          macs,
          [...devices.keys()].every((device) => device === 'CPU'),
        ),
      ],
      ['sub-graphs', `${subgraphs.length}: ${[...devices].map(([device, times]) => `${times} ${device}`).join(', ')}`],
      transfers.length === 0
        ? undefined
        : ['transfers', `${transfers.length}, ${moved === null ? 'of unknown size' : bytes(moved)} for one picture`],
      quantization.length === 0 ? undefined : ['positions', style.bad(`${quantization.length} wrong`)],
    ],
    style,
  );
}

/** `onlyCpu`: there is no accelerator to have a part of them. */
function macsText({ accelerator, all }: CheckDocument['macs'], onlyCpu: boolean): string {
  if (accelerator === null || all === null) return 'unknown while dimensions are free: bind them with --shape';
  const part = all === 0 || onlyCpu ? '' : `, ${((100 * accelerator) / all).toFixed(accelerator === all ? 0 : 1)} % on the accelerator`;
  return `${count(all)} for one picture${part}`;
}

/** One paragraph for nodes of one operator, rule and fix: how many, which, why the first of them, and what to do. */
function reasons(
  wanted: CheckedNode['verdict'],
  title: string,
  { nodes }: CheckDocument,
  style: Style,
  width: number,
  verbose: boolean,
): string | undefined {
  const groups = new Map<string, CheckedNode[]>();
  for (const node of nodes) {
    if (node.verdict !== wanted) continue;
    const key = JSON.stringify([node.op, node.rule, node.fix]);
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  if (groups.size === 0) return undefined;
  const shown = [...groups.values()].sort((a, b) => b.length - a.length).slice(0, verbose ? groups.size : mostRows);
  const left = groups.size - shown.length;
  return [
    style.bold(title),
    ...shown.map((group) => reasonText(group, style, width)),
    ...(left > 0 ? [style.dim(`  and ${left} more reasons: --verbose shows all`)] : []),
  ].join('\n');
}

function reasonText(group: readonly CheckedNode[], style: Style, width: number): string {
  const [first] = group as [CheckedNode];
  const names = group.slice(0, mostNamed).map(({ name }) => visible(name));
  const more = group.length > mostNamed ? ` and ${group.length - mostNamed} more` : '';
  const fixes = (first.fixes ?? []).slice(0, mostNamed);
  const different = group.some(({ reason }) => reason !== first.reason);
  return [
    `  ${style.bad(`${group.length} ${visible(first.op)}`)}  ${middleCut(names.join(', '), Math.max(40, width - 30))}${more}`,
    `    ${different ? 'the first: ' : ''}${visible(first.reason)} ${style.dim(`(${first.rule})`)}`,
    ...fixes.map(({ id, title, effect }) => `    → ${title} ${style.dim(`(${id}, ${effectText[effect]})`)}`),
  ].join('\n');
}

const effectText = { exact: 'same function', changed: 'to be retrained', advice: 'by hand' } as const;

function positions({ quantization }: CheckDocument, style: Style, width: number, verbose: boolean): string | undefined {
  if (quantization.length === 0) return undefined;
  const rows = quantization
    .slice(0, verbose ? quantization.length : mostRows)
    .map(({ node, constraint, message }) => [node, constraint, message]);
  const columns = [{ title: 'node', flexible: true }, { title: 'constraint' }, { title: 'what is wrong' }];
  return titled('Scales and positions', table(columns, rows, width, style), quantization.length - rows.length, style);
}

function subgraphTable({ subgraphs }: CheckDocument, style: Style, width: number, verbose: boolean): string | undefined {
  if (subgraphs.length < 2) return undefined;
  const rows = subgraphs
    .slice(0, verbose ? subgraphs.length : mostRows)
    .map(({ device, nodes, macs, tensor }, number) => [
      String(number),
      device,
      nodes.length === 0 ? '' : String(nodes.length),
      macs === null ? '?' : macs === 0 ? '' : count(macs),
      tensor === undefined ? [nodes[0], nodes.length > 1 ? nodes.at(-1) : undefined].filter(Boolean).join(' … ') : tensor,
    ]);
  const columns = [
    { title: '#', align: 'right' as const },
    { title: 'device' },
    { title: 'nodes', align: 'right' as const },
    { title: 'MACs', align: 'right' as const },
    { title: 'from … to', flexible: true },
  ];
  return titled('Sub-graphs', table(columns, rows, width, style), subgraphs.length - rows.length, style);
}

function transferTable({ transfers, subgraphs }: CheckDocument, style: Style, width: number, verbose: boolean): string | undefined {
  if (transfers.length === 0) return undefined;
  const place = (number: number): string => `${number} ${subgraphs[number]?.device ?? ''}`;
  const rows = transfers
    .slice(0, verbose ? transfers.length : mostRows)
    .map(({ from, to, tensor, bytes: size }) => [`${place(from)} → ${place(to)}`, size === null ? '?' : bytes(size), tensor]);
  const columns = [{ title: 'between' }, { title: 'bytes', align: 'right' as const }, { title: 'tensor', flexible: true }];
  return titled('Transfers', table(columns, rows, width, style), transfers.length - rows.length, style);
}

const titled = (title: string, rows: string, left: number, style: Style): string =>
  [style.bold(title), rows, ...(left > 0 ? [style.dim(`and ${left} more: --verbose shows all`)] : [])].join('\n');

function nodeTable({ nodes }: CheckDocument, style: Style, width: number): string {
  const columns = [{ title: 'node', flexible: true }, { title: 'operator' }, { title: 'verdict' }, { title: 'device' }, { title: 'rule' }];
  const rows = nodes.map(({ name, op, verdict, device, rule }) => [name, op, verdict, device, rule]);
  return table(columns, rows, width, style);
}
