import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Deployment } from '../../../protocol/deployments.ts';
import { parseJson } from '../../base/json.ts';
import { measurement } from '../run-summary.ts';
import { amount, fields, list, text } from './foreign-fields.ts';
import { readThroughput } from './read-throughput.ts';

/** In a run folder: a document for each board that its result was measured on, `<target>-<host>.json`. */
export const deploymentsFolder = 'deploy';

const largestFile = 16 * 2 ** 20;
const [mostFiles, mostSpeeds] = [200, 100];

/** What was measured on boards with the result of a run, by target and host; files that are none, or plans only, are left out. */
export async function readDeployments(run: string): Promise<Deployment[]> {
  const folder = path.join(run, deploymentsFolder);
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.json')).sort().slice(0, mostFiles); // prettier-ignore
  const found = await Promise.all(names.map((name) => readOne(path.join(folder, name))));
  return found.flat();
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code === 'string') return []; // not deployed, or not to be read
    throw error;
  }
}

async function readOne(file: string): Promise<Deployment[]> {
  try {
    if ((await stat(file)).size > largestFile) return [];
    return checkedDeployment(parseJson(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || typeof (error as NodeJS.ErrnoException).code === 'string') return []; // damaged, or gone meanwhile
    throw error;
  }
}

/** What a DeployDocument says that came from a board; nothing of a plan. */
export function checkedDeployment(value: unknown): Deployment[] {
  const document = fields(value);
  const [target, host, model, metrics] = [
    text(document['target']),
    text(document['host']),
    fields(document['model']),
    fields(document['metrics']),
  ];
  const fps = list(document['fps'], mostSpeeds).flatMap((one) => {
    const [threads, speed] = [amount(fields(one)['threads']), amount(fields(one)['fps'])];
    return threads && speed ? [{ threads, fps: speed }] : [];
  });
  const [latencyMs, power, outputsMatch] = [latency(document['latencyMs']), powerOf(document['power']), matchOf(document['outputsMatch'])];
  const board = measurement(metrics['board']);
  if (target === undefined || host === undefined) return [];
  if (!latencyMs && !fps.length && !power && !outputsMatch && !board) return [];
  return [
    {
      target,
      host,
      fps,
      metrics: present({ float: measurement(metrics['float']), simulated: measurement(metrics['simulated']), board }),
      ...present({
        board: text(document['board']),
        measured: text(document['measured']),
        bytes: amount(model['bytes']),
        macs: amount(model['macs']),
        acceleratorMacs: amount(model['acceleratorMacs']),
        subgraphs: subgraphsOf(model['subgraphs']),
        latencyMs,
        power,
        outputsMatch,
        chain: readThroughput(fields(document['chain'])['measured']),
      }),
    },
  ];
}

function subgraphsOf(value: unknown): Deployment['subgraphs'] {
  const [total, accelerator] = [amount(fields(value)['total']), amount(fields(value)['accelerator'])];
  return total === undefined || accelerator === undefined ? undefined : { total, accelerator };
}

function latency(value: unknown): Deployment['latencyMs'] {
  const [median, p90, runs] = ['median', 'p90', 'runs'].map((key) => amount(fields(value)[key]));
  return median === undefined || p90 === undefined || runs === undefined ? undefined : { median, p90, runs };
}

function powerOf(value: unknown): Deployment['power'] {
  const one = fields(value);
  const [watts, idleWatts, joulesPerPicture, threads] = ['watts', 'idleWatts', 'joulesPerPicture', 'threads'].map((key) =>
    amount(one[key]),
  );
  const source = text(one['source']);
  if (watts === undefined || idleWatts === undefined) return undefined;
  return { watts, idleWatts, source: source ?? '', ...present({ joulesPerPicture, threads }) };
}

function matchOf(value: unknown): Deployment['outputsMatch'] {
  const one = fields(value);
  const [pictures, elements, equal] = ['pictures', 'elements', 'equal'].map((key) => amount(one[key]));
  const [maxAbs, maxSteps] = [distance(one['maxAbs']), distance(one['maxSteps'])];
  if (pictures === undefined || elements === undefined || equal === undefined || maxAbs === undefined || equal > elements) return undefined;
  return { pictures, elements, equal, maxAbs, ...present({ maxSteps }) };
}

/** Infinite beside outputs that are no numbers. */
const distance = (value: unknown): number | undefined => (typeof value === 'number' && value >= 0 ? value : undefined);

/** Without what is undefined. */
const present = <T extends object>(all: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: NonNullable<T[K]> };
