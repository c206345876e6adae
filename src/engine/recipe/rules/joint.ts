import { degradations } from '../../data/degradations/index.ts';
import type { Issue, Path } from '../check.ts';
import { sourceOf } from '../chain.ts';
import type { ModelFacts } from '../facts/types.ts';
import { nearest, suggestion } from '../nearest.ts';
import { known } from '../world.ts';
import type { Rule, RuleContext, StepView } from './rule.ts';

/** Steps that train models of a chain as one: which, by which losses, and what these are computed from. */
export const joint: Rule = {
  kinds: [
    {
      code: 'recipe.joint',
      severity: 'error',
      title: 'A joint step that cannot train',
      text: '`joint` trains models of a `chain`: `tune`, `rates` and `prune.channels` name them by alias, `losses` by alias or as `alias.output`. Losses compare with what the pictures of `data.train` know: labels, boxes (with `decode`), targets (`pairs`, `degrade`). Without any of these an answer is compared with that of the float chain.',
      example:
        'models:\n  restore: { new: unet, classes: 3, input: [3, 32, 32], width: 0.25 }\n  classify: { model: model.onnx, input: { from: restore } }\nchain: [restore, classify]\nsteps:\n  - joint: { tune: [clasify] }',
    },
    {
      code: 'recipe.joint-nothing',
      severity: 'warning',
      title: 'A joint step that has nothing to learn',
      text: 'The float chain is its own teacher: where nothing is rounded, cut or degraded and the pictures know no answers, it agrees with itself. Give `qat` or `prune`, degrade the pictures and let the teacher see them clean (`teacher-sees: clean`), or give labels, boxes or targets.',
      example:
        'models:\n  restore: { new: unet, classes: 3, input: [3, 32, 32], width: 0.25 }\n  classify: { model: model.onnx, input: { from: restore } }\nchain: [restore, classify]\ndata:\n  input: { color: rgb, scale: 1/255, mean: 0, std: 1 }\n  train: { path: pictures }\nsteps:\n  - joint: { epochs: 1 }',
    },
  ],
  *check(context) {
    for (const step of context.steps) {
      if (step.name !== 'joint') continue;
      yield* place(context, step);
      if (!context.recipe.chain || context.unsure(['models'])) continue;
      yield* models(context, step);
      yield* losses(context, step);
      yield* teacher(context, step);
    }
  },
};

const error = (path: Path, at: Issue['at'], message: string, fix?: string): Issue => ({
  path,
  at,
  severity: 'error',
  code: 'recipe.joint',
  message,
  ...(fix === undefined ? {} : { fix }),
});

function* place({ recipe, unsure }: RuleContext, { path, index }: StepView): Generator<Issue> {
  if (!recipe.chain && !unsure(['chain'])) yield error(path, 'key', 'joint trains the models of a `chain`, and there is none');
  const on = Object.values(recipe.steps?.[index] ?? {})[0]?.['on'];
  if (recipe.chain && typeof on === 'string')
    yield {
      ...error([...path, 'on'], 'key', 'joint works on the whole chain: which models it trains is said by `tune`'),
      fixes: [
        {
          title: `Tune ${on} only`,
          changes: [
            { kind: 'remove', path: [...path, 'on'] },
            { kind: 'set', path: [...path, 'tune'], value: [on] },
          ],
        },
      ],
    };
}

const tunedBy = ({ recipe }: RuleContext, { written }: StepView): readonly string[] =>
  (written['tune'] as string[] | undefined) ?? recipe.chain ?? [];

/** Aliases where the step names models. */
function* models(context: RuleContext, step: StepView): Generator<Issue> {
  const chain = context.recipe.chain ?? [];
  const tune = (step.written['tune'] as string[] | undefined) ?? [];
  for (const [at, alias] of tune.entries()) {
    const path = [...step.path, 'tune', at];
    if (!chain.includes(alias)) yield unknown(alias, chain, path, 'value');
    else if (tune.indexOf(alias) < at) yield error(path, 'value', `${alias} is named twice`);
  }
  const prune = step.written['prune'] as { channels?: unknown } | undefined;
  const maps: [Path, unknown][] = [
    [['rates'], step.written['rates']],
    [['prune', 'channels'], prune?.channels],
  ];
  for (const [keys, map] of maps) {
    if (typeof map !== 'object' || map === null || Array.isArray(map)) continue;
    for (const alias of Object.keys(map)) {
      const path = [...step.path, ...keys, alias];
      if (!chain.includes(alias)) yield unknown(alias, chain, path, 'key');
      else if (!tunedBy(context, step).includes(alias))
        yield error(path, 'key', `${alias} is not tuned by this step: \`tune\` does not name it`);
    }
  }
}

function unknown(alias: string, chain: readonly string[], path: Path, at: Issue['at']): Issue {
  const near = nearest(alias, chain);
  return error(path, at, `the chain has no model ${JSON.stringify(alias)}${suggestion(near) || `; it has ${chain.join(', ')}`}`, near);
}

function* losses(context: RuleContext, step: StepView): Generator<Issue> {
  const written = step.written['losses'] as Record<string, number | Record<string, unknown>> | undefined;
  if (!written) return;
  const path = [...step.path, 'losses'];
  const facts = new Map([...context.models].map(([alias, { facts: of }]) => [alias, known(of)]));
  for (const [key, loss] of Object.entries(written)) {
    const problem = unknownPlace(key, context.recipe.chain ?? [], facts);
    if (problem) yield error([...path, key], 'key', problem.message, problem.near);
    else if (!reaches(context, step, key))
      yield error([...path, key], 'key', `no model that is tuned comes before it: this loss changes nothing`);
    if (typeof loss !== 'object') continue;
    for (const name of Object.keys(loss)) {
      const missing = missingTruth(context, name);
      if (missing) yield error([...path, key, name], 'key', `${name} cannot be computed: ${missing}`);
    }
  }
  const weights = Object.values(written).flatMap((loss) => (typeof loss === 'number' ? [loss] : Object.values(loss)));
  if (weights.every((weight) => weight === 0)) yield error(path, 'key', 'every loss counts nothing');
}

function unknownPlace(
  key: string,
  chain: readonly string[],
  facts: ReadonlyMap<string, ModelFacts | undefined>,
): { message: string; near: string | undefined } | undefined {
  const alias = key.split('.')[0]!;
  if (!chain.includes(alias)) {
    const near = nearest(alias, chain);
    const message = `the chain has no model ${JSON.stringify(alias)}${suggestion(near) || `; it has ${chain.join(', ')}`}`;
    return { message, near: near && key.replace(alias, near) };
  }
  const model = facts.get(alias);
  if (key === alias || !model) return undefined;
  const outputs = model.outputs.map(({ name }) => name);
  const output = key.slice(alias.length + 1);
  if (outputs.includes(output)) return undefined;
  const near = nearest(output, outputs);
  const message = `${alias} has no output ${JSON.stringify(output)}${suggestion(near) || `; it has ${outputs.slice(0, 8).join(', ')}`}`;
  return { message, near: near && `${alias}.${near}` };
}

/** Whether a tuned model has a say in what comes out of this one. */
function reaches(context: RuleContext, step: StepView, key: string): boolean {
  const { recipe, models: seen } = context;
  const tuned = new Set(tunedBy(context, step));
  const facts = new Map([...seen].map(([alias, { facts: of }]) => [alias, known(of)]));
  const open = [key.split('.')[0]!];
  const done = new Set<string>();
  for (let alias = open.pop(); alias !== undefined; alias = open.pop()) {
    if (tuned.has(alias)) return true;
    if (done.has(alias)) continue;
    done.add(alias);
    const entry = recipe.models?.[alias];
    const input = entry && 'model' in entry ? entry.input : undefined;
    const seams = input === undefined ? [] : typeof input.from === 'string' ? [input] : Object.values(input);
    for (const seam of seams) {
      const from = (seam as { from?: unknown }).from;
      if (typeof from === 'string') open.push(sourceOf(from, facts)?.alias ?? from.split('.')[0]!);
    }
  }
  return false;
}

/** What `data.train` would have to say for a loss; undefined where it does, or where that is not known. */
function missingTruth({ recipe, unsure }: RuleContext, loss: string): string | undefined {
  const train = recipe.data?.train;
  if (!train || unsure(['data', 'train'])) return undefined;
  const isArray = /\.np[yz]$/i.test(train.path);
  if (loss === 'cross-entropy') return train.labels === undefined && !isArray ? 'data.train has no labels' : undefined;
  if (loss === 'detection')
    return train.labels === undefined || !train.decode ? 'data.train has no boxes (labels) with `decode`' : undefined;
  if (loss === 'agreement') return undefined;
  return !train.pairs && !train.degrade && !isArray ? 'data.train has no targets: pairs or degrade' : undefined;
}

const degrading = new Set<string>(degradations.map(({ name }) => name));

function* teacher({ recipe, steps, unsure }: RuleContext, { written, path, index }: StepView): Generator<Issue> {
  const train = recipe.data?.train ?? recipe.data?.calibration;
  if (!train || unsure(['data', 'train'])) return;
  const augment = recipe.data?.train?.augment ?? [];
  const isDegraded = augment.some((entry) => degrading.has(typeof entry === 'string' ? entry : (Object.keys(entry)[0] ?? '')));
  const hasTargets = train.degrade !== undefined || train.pairs !== undefined;
  const isClean = written['teacher-sees'] === 'clean';
  if (isClean && !isDegraded && !hasTargets)
    yield error(
      [...path, 'teacher-sees'],
      'value',
      'the training pictures are not degraded: there is no cleaner form for the teacher to see',
    );
  const changes = written['qat'] !== undefined || written['prune'] !== undefined;
  const isFirst = !steps.some((step) => step.index < index);
  const isArray = /\.np[yz]$/i.test(train.path);
  if (!changes && isFirst && !isClean && train.labels === undefined && !hasTargets && !isArray && written['losses'] === undefined)
    yield {
      path,
      at: 'key',
      severity: 'warning',
      code: 'recipe.joint-nothing',
      message: 'this joint step has nothing to learn: nothing is rounded, cut or degraded, and the float chain agrees with itself',
    };
}
