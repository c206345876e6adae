import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { taskCompileSettings } from '../../../../scripts/schemas.ts';
import { taskKeys, taskKinds, taskName, taskProblems } from '../../../../src/extension/boards/tasks/definition.ts';
import { modelTasks, recipeTasks } from '../../../../src/extension/boards/tasks/offered.ts';

interface Schema {
  readonly required: string[];
  readonly properties: Record<string, { enum?: string[]; description: string; properties?: Record<string, unknown> }>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { contributes: { taskDefinitions: Schema[] } };
const [declared] = manifest.contributes.taskDefinitions;

describe('tasks as they are written by hand', () => {
  const recipe = 'shapes/board.compress.yaml';

  it.each<[string, Record<string, unknown>]>([
    ['a run', { task: 'run', recipe }],
    ['a run with other settings', { task: 'run', recipe, set: { 'steps.0.quantize.weights': 4 } }],
    ['a check of a model', { task: 'check', model: 'a.onnx', target: 'zcu104', shapes: { input: [1, 3, 8, 8] } }],
    ['a check of a recipe for one entry', { task: 'check', recipe, entry: 'zcu104.local' }],
    [
      'compiling a model',
      { task: 'compile', model: 'a.xmodel', target: 'zcu104', compile: { version: '3.0' }, output: 'out', dryRun: true },
    ],
    ['compiling a new run', { task: 'compile', recipe, run: 'new' }],
    ['deploying an entry', { task: 'deploy', recipe, entry: 0, dryRun: false, run: 'lathe-runs/a' }],
    [
      'an import',
      { task: 'import', model: 'net.pt', output: 'net.onnx', architecture: 'torchvision.models:resnet18', shapes: { x: [1, 3, 224, 224] } },
    ],
  ])('%s is one', (_, task) => expect(taskProblems({ type: 'lathe', ...task })).toEqual([]));

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['nothing', {}, /^"task" is missing: one of "run", "check", "compile", "deploy", "import"$/],
    ['another word', { task: 'fly' }, /^there is no task "fly": there are "run"/],
    ['a name of every object', { task: 'constructor' }, /^there is no task "constructor"/],
    ['a run of nothing', { task: 'run' }, /^"run" needs "recipe"$/],
    ['a run of a model', { task: 'run', recipe, model: 'a.onnx' }, /^"run" takes no "model": the model stands in the recipe$/],
    ['a dry run', { task: 'run', recipe, dryRun: true }, /takes no "dryRun": "Lathe: Dry Run of This Recipe"/],
    ['both', { task: 'check', recipe, model: 'a.onnx' }, /^"check" takes "recipe" or "model", not both$/],
    ['deploying a model', { task: 'deploy', model: 'a.onnx' }, /takes no "model": what is deployed is the result of a recipe/],
    ['an entry of a model', { task: 'check', model: 'a.onnx', entry: 0 }, /there is no "recipe"$/],
    ['a run of a model’s compile', { task: 'compile', model: 'a.onnx', run: 'new' }, /there is no "recipe"$/],
    ['target and entry', { task: 'check', recipe, target: 'cpu', entry: 1 }, /say the same thing/],
    ['a negative entry', { task: 'deploy', recipe, entry: -1 }, /^"entry" takes a position in "deploy:" from 0/],
    ['a broken number', { task: 'deploy', recipe, entry: 1.5 }, /^"entry" takes/],
    ['text for a switch', { task: 'deploy', recipe, dryRun: 'yes' }, /^"dryRun" takes true or false$/],
    ['an empty path', { task: 'run', recipe: '  ' }, /^"recipe" takes the path/],
    ['a zero byte', { task: 'run', recipe: 'a\0b' }, /^"recipe" takes the path/],
    ['shapes of words', { task: 'check', model: 'a', shapes: { x: ['a'] } }, /^"shapes" takes sizes by input/],
    ['a list of settings', { task: 'run', recipe, set: [1] }, /^"set" takes settings/],
  ])('%s is told', (_, task, message) => expect(taskProblems({ type: 'lathe', ...task }).join('\n')).toMatch(message));

  it('never throw, whatever they hold', () => {
    const keys = fc.constantFrom('task', ...taskKeys);
    fc.assert(
      fc.property(fc.dictionary(keys, fc.oneof(fc.constantFrom(...Object.keys(taskKinds)), fc.jsonValue())), (task) => {
        for (const problem of taskProblems(task)) expect(typeof problem).toBe('string');
      }),
    );
  });

  it('are declared for tasks.json with the same keys, kinds and settings of the compiler', () => {
    expect(Object.keys(declared!.properties).sort()).toEqual(['task', ...taskKeys].sort());
    expect(declared!.properties['task']!.enum).toEqual(Object.keys(taskKinds));
    expect(declared!.required).toEqual(['task']);
    expect(declared!.properties['compile']!.properties).toEqual(taskCompileSettings());
    for (const { description } of Object.values(declared!.properties)) expect(description).toMatch(/^[A-Z*].*\.$/);
  });
});

describe('tasks that are offered', () => {
  const abilities = { checks: (name: string) => name !== 'cpu', compiles: (name: string) => name === 'zcu104' };
  const words = (tasks: readonly Parameters<typeof taskName>[0][]): string[] => tasks.map(taskName);

  it('of a recipe are what its boards can do', () => {
    expect(words(recipeTasks({ place: 'shapes/board.compress.yaml', targets: ['zcu104', 'cpu'], deploys: true }, abilities))).toEqual([
      'run shapes/board',
      'check shapes/board',
      'compile shapes/board',
      'deploy shapes/board',
      'deploy shapes/board (dry run)',
    ]);
    expect(words(recipeTasks({ place: 'a.compress.json', targets: ['cpu'], deploys: false }, abilities))).toEqual(['run a']);
    expect(words(recipeTasks({ place: 'a.compress.yml', targets: ['kv'], deploys: false }, abilities))).toEqual(['run a', 'check a']);
  });

  it('can all be carried out, and have names of their own', () => {
    const all = [...recipeTasks({ place: 'a.compress.yaml', targets: ['zcu104'], deploys: true }, abilities), ...modelTasks('b.onnx')];
    expect(all.flatMap((task) => taskProblems({ ...task }))).toEqual([]);
    expect(new Set(words(all)).size).toBe(all.length);
  });
});
