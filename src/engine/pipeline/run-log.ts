import { appendFileSync } from 'node:fs';
import type { Clock, Logger } from '../base/context.ts';
import { toJson } from '../base/json.ts';

/** Writes `log.jsonl` and passes every line on. A log that can't be written is said once and stops nothing. */
export function runLog(file: string, next: Logger, clock: Clock): Logger {
  let broken = false;
  const at =
    (level: keyof Logger): Logger['info'] =>
    (message, data) => {
      next[level](message, data);
      if (broken) return;
      try {
        appendFileSync(file, `${toJson({ time: new Date(clock.now()).toISOString(), level, message, ...data }, 0)}\n`);
      } catch (error) {
        broken = true;
        next.warn(`the log can't be written: ${(error as Error).message}`, { file });
      }
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
