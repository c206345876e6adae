import { stripVTControlCharacters } from 'node:util';
import type { CompileFindings, ToolMessage } from '../../compile-plan.ts';
import { containerMessage } from '../../container/messages.ts';
import { codeMeaning } from './codes.ts';
import { assignedToCpu, borderOps, knownMessages } from './known.ts';

/** Different messages that are kept; more of them say nothing new. */
const mostMessages = 500;
const longestMessage = 2000;
/** What is looked at of a line: patterns take time by its square. */
const longestLine = 4000;

type Severity = ToolMessage['severity'];

const unilogLevels: Readonly<Record<string, Severity | undefined>> = {
  INFO: undefined,
  WARNING: 'warning',
  ERROR: 'error',
  FATAL: 'error',
};
const quantizerLevels: Readonly<Record<string, Severity | undefined>> = { NOTE: undefined, WARN: 'warning', ERROR: 'error' };

/** A line taken apart: who says it how loudly, under which code, and what. */
interface Said {
  readonly severity: Severity | undefined;
  readonly code?: string;
  readonly text: string;
}

/** Reads what Vitis AI's compilers and quantizers print; also what docker and podman say before them. Any bytes: what is not known is left out. */
export function readVitisLog(lines: readonly string[]): CompileFindings {
  const reading = new Reading();
  for (const line of lines) reading.line(stripVTControlCharacters(line.slice(0, longestLine)).trim());
  return reading.findings();
}

class Reading {
  readonly #messages = new Map<string, ToolMessage>();
  readonly #onCpu = new Map<string, { node: string; op: string; reason?: string }>();
  readonly #figures: Record<string, number | string> = {};
  #subgraphs: CompileFindings['subgraphs'];
  /** Inside a Python traceback: only its last line says what is wrong. */
  #traceback = false;

  line(line: string): void {
    if (line === '' || /^@\s+0x[0-9a-f]+/i.test(line)) return;
    if (/^Traceback \(most recent call last\)/.test(line)) return void (this.#traceback = true);
    const said = taken(line);
    if (this.#fact(said.text) || this.#cpu(said.text)) return;
    this.#message(said, line);
  }

  #fact(text: string): boolean {
    const subgraphs = /Total device subgraph number (\d+), DPU subgraph number (\d+)/.exec(text);
    if (subgraphs) this.#subgraphs = { total: Number(subgraphs[1]), accelerator: Number(subgraphs[2]) };
    const graph = /^Graph name: .*, with op num: (\d+)/.exec(text);
    if (graph) this.#figures['operators'] = Number(graph[1]);
    const target = /^Target architecture: (\S+)/.exec(text);
    if (target) this.#figures['architecture'] = target[1]!.slice(0, 100);
    const sum = /compiled xmodel's md5sum is ([0-9a-f]{32})/.exec(text);
    if (sum) this.#figures['md5'] = sum[1]!;
    return Boolean(subgraphs ?? graph ?? target ?? sum);
  }

  #cpu(text: string): boolean {
    const { groups } = assignedToCpu.exec(text) ?? {};
    if (!groups) return false;
    const { node = '', op = '', reason } = groups;
    // Their place is the processor: nothing is wrong.
    if (borderOps.includes(op)) return true;
    const known = reason === undefined ? undefined : explained(reason);
    const why = (known?.message ?? reason)?.slice(0, longestMessage);
    this.#onCpu.set(node, { node, op, ...(why === undefined ? {} : { reason: why }) });
    this.#add({
      severity: 'warning',
      message: `${op} runs on the processor${why === undefined ? '' : `: ${why}`}`,
      code: known?.code ?? 'vitis.cpu',
      node,
      hint: known?.hint ?? 'lathe check tells the rule and what can be done about it.',
    });
    return true;
  }

  #message(said: Said, line: string): void {
    const known = explained(said.text);
    const container = known ? undefined : containerMessage(line);
    const python = this.#traceback && /^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)\b/.test(line);
    if (python) this.#traceback = false;
    const severity =
      known?.severity ?? said.severity ?? container?.severity ?? (python || /^(?:ERROR|error|fatal)\b:?/.test(line) ? 'error' : undefined);
    if (severity === undefined) return;
    const code = said.code ?? known?.code ?? container?.code;
    const meaning = said.code === undefined ? undefined : codeMeaning(said.code);
    const hint = known?.hint ?? meaning?.advice ?? container?.hint;
    const own = known?.message ?? container?.message;
    const message = own ?? (meaning ? `${meaning.meaning}: ${said.text}` : said.text);
    this.#add({
      severity,
      message,
      ...(code === undefined ? {} : { code }),
      ...(known?.node === undefined ? {} : { node: known.node }),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #add(message: ToolMessage): void {
    const short = { ...message, message: message.message.slice(0, longestMessage) };
    const key = `${short.severity} ${short.code} ${short.node} ${short.message}`;
    if (this.#messages.size < mostMessages || this.#messages.has(key)) this.#messages.set(key, short);
  }

  findings(): CompileFindings {
    return {
      messages: [...this.#messages.values()],
      ...(this.#subgraphs ? { subgraphs: this.#subgraphs } : {}),
      onCpu: [...this.#onCpu.values()],
      figures: this.#figures,
    };
  }
}

function taken(line: string): Said {
  // The libraries' logger may put date and source file before it.
  const unilog = /(?:^|\s)\[UNILOG\]\[(INFO|WARNING|ERROR|FATAL)\](?:\[([A-Z][A-Z0-9_]*)\])?(?:\[([^\]]*)\])?\s*(.*)$/.exec(line);
  if (unilog) {
    const [, level = '', code, description, rest = ''] = unilog;
    const text = [description, rest].filter((part) => part).join(' ');
    return { severity: unilogLevels[level], ...(code === undefined ? {} : { code }), text };
  }
  const quantizer = /^\[VAIQ_(ERROR|WARN|NOTE)\](?:\[([A-Z0-9_]+)\])?:?\s*(.*)$/.exec(line);
  if (quantizer) {
    const [, level = '', code, text = ''] = quantizer;
    return { severity: quantizerLevels[level], ...(code === undefined ? {} : { code }), text };
  }
  const front = /^\[(INFO|WARNING|ERROR)\]\s*(.*)$/.exec(line);
  return front ? { severity: unilogLevels[front[1]!], text: front[2]! } : { severity: undefined, text: line };
}

function explained(text: string): ToolMessage | undefined {
  for (const { pattern, code, severity, explain, advice } of knownMessages) {
    const match = pattern.exec(text);
    if (!match) continue;
    const node = match.groups?.['node'];
    return { severity: severity ?? 'warning', message: explain(match), code, hint: advice, ...(node === undefined ? {} : { node }) };
  }
  return undefined;
}
