import { stripVTControlCharacters } from 'node:util';
import type { CompileFindings, ToolMessage } from './compile-plan.ts';

/** Different messages that are kept; more of them say nothing new. */
const mostMessages = 500;
const longestMessage = 2000;
/** What is looked at of a line. */
const longestLine = 4000;

/** A message of a tool that is known, and what to say of it. Groups `node` and `op` name a node of the model. */
export interface KnownMessage {
  readonly pattern: RegExp;
  readonly severity: ToolMessage['severity'];
  readonly code: string;
  /** By default the line itself. */
  readonly message?: (found: RegExpExecArray) => string;
  readonly hint?: string;
}

export interface LogDialect {
  /** Looked at first, in order. */
  readonly known: readonly KnownMessage[];
  /** A line that says how severe it is: groups `level` and `text`. */
  readonly level: RegExp;
  readonly levels: Readonly<Record<string, ToolMessage['severity'] | undefined>>;
  /** Name of a figure → where it stands; group 1. Numbers are read as such. */
  readonly figures: Readonly<Record<string, RegExp>>;
}

/** Reads a log whose tool has no structure beyond lines. Any bytes: what is not known is left out, and the last line of a Python traceback is an error. */
export function readToolLog(lines: readonly string[], { known, level, levels, figures }: LogDialect): CompileFindings {
  const messages = new Map<string, ToolMessage>();
  const found: Record<string, number | string> = {};
  const add = (message: ToolMessage): void => {
    const short = { ...message, message: message.message.slice(0, longestMessage) };
    const key = `${short.severity} ${short.code} ${short.node} ${short.message}`;
    if (messages.size < mostMessages || messages.has(key)) messages.set(key, short);
  };
  let traceback = false;
  for (const raw of lines) {
    // Progress bars write over their line.
    const line = stripVTControlCharacters(raw.slice(0, longestLine).split('\r').at(-1)!).trim();
    if (line === '') continue;
    for (const [name, pattern] of Object.entries(figures)) {
      const value = pattern.exec(line)?.[1];
      if (value !== undefined) found[name] = Number.isFinite(Number(value)) ? Number(value) : value.slice(0, 200);
    }
    const said = level.exec(line)?.groups;
    const text = said?.['text'] ?? line;
    const one = explained(text, known);
    if (one) add(one);
    else if (/^Traceback \(most recent call last\)/.test(line)) traceback = true;
    else if (traceback && /^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)\b/.test(line)) {
      traceback = false;
      add({ severity: 'error', message: line, code: 'python.exception' });
    } else {
      const severity = levels[said?.['level'] ?? ''];
      if (severity !== undefined && text !== '') add({ severity, message: text });
    }
    if (one) traceback = false;
  }
  return { messages: [...messages.values()], figures: found };
}

function explained(text: string, known: readonly KnownMessage[]): ToolMessage | undefined {
  for (const { pattern, severity, code, message, hint } of known) {
    const found = pattern.exec(text);
    if (!found) continue;
    const node = found.groups?.['node'];
    return {
      severity,
      code,
      message: message?.(found) ?? text,
      ...(node === undefined ? {} : { node }),
      ...(hint === undefined ? {} : { hint }),
    };
  }
  return undefined;
}
