/** What `"type": "lathe"` in tasks.json may say, and what of it belongs together. Plain data: known without VS Code. */

export const taskType = 'lathe';

export type TaskKind = 'run' | 'check' | 'compile' | 'deploy' | 'import';

/** A task as somebody wrote it, or as it is offered. */
export interface TaskDefinition {
  readonly type: typeof taskType;
  readonly task: TaskKind;
  /** Paths are relative to the task's workspace folder, or absolute. */
  readonly recipe?: string;
  readonly model?: string;
  readonly target?: string;
  /** Of the recipe's `deploy:`: its position from 0, or a target or host that it names. */
  readonly entry?: number | string;
  readonly dryRun?: boolean;
  /** Folder of a run, or `new`. */
  readonly run?: string;
  readonly output?: string;
  /** Settings of the recipe that are set over its text: `{ "steps.0.quantize.weights": 4 }`. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** As under `deploy:` in a recipe. */
  readonly compile?: Readonly<Record<string, unknown>>;
  /** Sizes of inputs with free dimensions, by input name. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** What makes the network of a state dict: `torchvision.models:resnet18`. */
  readonly architecture?: string;
}

type Key = Exclude<keyof TaskDefinition, 'type' | 'task'>;

interface KindRules {
  /** One of these has to be there, and only one. */
  readonly about: readonly ('recipe' | 'model')[];
  readonly takes: readonly Key[];
  /** What to do instead of a key that it does not take. */
  readonly instead?: Readonly<Partial<Record<Key, string>>>;
}

export const taskKinds: Readonly<Record<TaskKind, KindRules>> = {
  run: {
    about: ['recipe'],
    takes: ['set'],
    instead: {
      dryRun: '"Lathe: Dry Run of This Recipe" shows the plan of a run',
      target: 'the target stands in the recipe; "set": { "target": … } sets another one',
      entry: 'only "deploy" and "compile" are about entries of "deploy:"',
      model: 'the model stands in the recipe',
    },
  },
  check: { about: ['recipe', 'model'], takes: ['target', 'entry', 'shapes'] },
  compile: {
    about: ['recipe', 'model'],
    takes: ['target', 'entry', 'dryRun', 'output', 'compile', 'run'],
    instead: { set: '"run" takes it' },
  },
  deploy: {
    about: ['recipe'],
    takes: ['entry', 'dryRun', 'run', 'set'],
    instead: {
      model: 'what is deployed is the result of a recipe: write one with "deploy:" and name it as "recipe"',
      target: 'name the entry of "deploy:" by "entry"',
      compile: 'how to compile stands in the entry of "deploy:" in the recipe',
    },
  },
  import: {
    about: ['model'],
    takes: ['output', 'shapes', 'architecture'],
    instead: { recipe: 'name the file to import as "model"' },
  },
};

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '' && !value.includes('\0');

/** What each key takes, in words for who wrote something else. */
const types: Readonly<Record<Key, readonly [is: (value: unknown) => boolean, words: string]>> = {
  recipe: [isText, 'the path of a *.compress.yaml file'],
  model: [isText, 'the path of a model'],
  target: [isText, 'the name of a target such as "zcu104"'],
  entry: [
    (value) => isText(value) || (Number.isInteger(value) && (value as number) >= 0),
    'a position in "deploy:" from 0, or a target or host of an entry',
  ],
  dryRun: [(value) => typeof value === 'boolean', 'true or false'],
  run: [isText, '"new", or the folder of a run'],
  output: [isText, 'a path'],
  set: [isMap, 'settings by their place in the recipe: { "steps.0.quantize.weights": 4 }'],
  compile: [isMap, 'settings of the compiler, as under "deploy:" in a recipe'],
  shapes: [
    (value) =>
      isMap(value) &&
      Object.values(value).every((dims) => Array.isArray(dims) && dims.every((size) => Number.isInteger(size) && (size as number) > 0)),
    'sizes by input: { "input": [1, 3, 224, 224] }',
  ],
  architecture: [isText, '"module:function" that makes the network, such as "torchvision.models:resnet18"'],
};

export const taskKeys = Object.keys(types) as readonly Key[];

/** What is wrong with a task, a sentence each; none: it can be carried out as far as its words go. */
export function taskProblems(given: Readonly<Record<string, unknown>>): string[] {
  const { task } = given;
  const names = Object.keys(taskKinds);
  if (typeof task !== 'string' || !Object.hasOwn(taskKinds, task)) {
    const all = names.map((name) => `"${name}"`).join(', ');
    return [task === undefined ? `"task" is missing: one of ${all}` : `there is no task ${JSON.stringify(task)}: there are ${all}`];
  }
  const { about, takes, instead = {} } = taskKinds[task as TaskKind];
  const written = taskKeys.filter((key) => given[key] !== undefined);
  const problems = written.flatMap((key) => {
    if (!takes.includes(key) && !(about as readonly string[]).includes(key))
      return `"${task}" takes no "${key}"${instead[key] ? `: ${instead[key]}` : ''}`;
    const [is, words] = types[key];
    return is(given[key]) ? [] : `"${key}" takes ${words}`;
  });
  const named = about.filter((key) => given[key] !== undefined);
  const either = about.map((key) => `"${key}"`).join(' or ');
  if (named.length === 0) problems.push(`"${task}" needs ${either}`);
  if (named.length > 1) problems.push(`"${task}" takes ${either}, not both`);
  if (given.model !== undefined && given.entry !== undefined)
    problems.push('"entry" is about a recipe’s "deploy:", and there is no "recipe"');
  if (given.model !== undefined && given.run !== undefined) problems.push('"run" is about runs of a recipe, and there is no "recipe"');
  if (given.target !== undefined && given.entry !== undefined) problems.push('"target" and "entry" say the same thing: leave one out');
  return problems;
}

/** What a task is called: "deploy shapes/board (dry run)". */
export function taskName({ task, recipe, model, target, entry, dryRun }: TaskDefinition): string {
  const about = (recipe ?? model ?? '').replaceAll('\\', '/').replace(/\.compress\.(ya?ml|json)$/i, '');
  const where = target ?? (typeof entry === 'number' ? `entry ${entry}` : entry);
  return `${task} ${about}${where === undefined ? '' : ` for ${where}`}${dryRun ? ' (dry run)' : ''}`;
}
