import type { ChainThroughput, ChainWay } from '../../../protocol/results/chain.ts';
import { amount, fields, list, text } from './foreign-fields.ts';

const [mostStages, mostWays] = [100, 20];
const ways = ['whole', 'series', 'pipelined'] as const;

/** What a chain was measured with, of a document that anyone may have written; undefined where it tells of no stage or no way. */
export function readThroughput(value: unknown): ChainThroughput | undefined {
  const told = fields(value);
  const stages = list(told['stages'], mostStages).flatMap((one) => {
    const [alias, ms] = [text(fields(one)['alias']), amount(fields(one)['ms'])];
    return alias === undefined || ms === undefined ? [] : [{ alias, ms }];
  });
  const found = list(told['ways'], mostWays).flatMap(readWay);
  const [limit, queue] = [amount(told['limit']), amount(told['queue'])];
  const same = fields(told['equal']);
  const [pictures, elements, equal] = ['pictures', 'elements', 'equal'].map((key) => amount(same[key]));
  if (!stages.length || !found.length || limit === undefined || !stages[limit] || queue === undefined) return undefined;
  if (pictures === undefined || elements === undefined || equal === undefined || equal > elements) return undefined;
  return { stages, limit, ways: found, queue, equal: { pictures, elements, equal } };
}

function readWay(value: unknown): ChainWay[] {
  const one = fields(value);
  const way = ways.find((known) => known === one['way']);
  const [threads, fps] = [amount(one['threads']), amount(one['fps'])];
  const [median, p90, runs] = ['median', 'p90', 'runs'].map((key) => amount(fields(one['latencyMs'])[key]));
  if (!way || threads === undefined || fps === undefined || median === undefined || p90 === undefined || runs === undefined) return [];
  return [{ way, threads, fps, latencyMs: { median, p90, runs } }];
}
