import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Answer, Job, Reader } from '../../../../language-server/facts/jobs.ts';
import { perform } from '../../../../language-server/facts/perform.ts';
import { WorkspaceFacts, type FactsSettings } from '../../../../language-server/facts/workspace-facts.ts';
import { valueOf } from '../../../../src/engine/recipe/facts/types.ts';

const sample = path.join(import.meta.dirname, '../../../../samples/shapes');

/** Reads at once in this thread, and tells what it was asked. */
class PlainReader implements Reader {
  readonly jobs: Job[] = [];
  read = (async (job: Job): Promise<Answer> => {
    this.jobs.push(job);
    return structuredClone(await perform(job));
  }) as Reader['read'];
  dispose = async (): Promise<void> => {};
  count = (kind: Job['kind']): number => this.jobs.filter((job) => job.kind === kind).length;
}

let folder: string;
let outside: string;
let reader: PlainReader;
let facts: WorkspaceFacts;
const at = (...parts: string[]): string => path.join(folder, ...parts);

async function start(settings: Partial<FactsSettings> = {}): Promise<void> {
  await facts?.dispose();
  reader = new PlainReader();
  facts = new WorkspaceFacts({ folders: [folder], trusted: true, runsFolder: 'lathe-runs', ...settings }, reader);
}

/** Asks again after each change until the answer is wanted. */
async function until<T>(ask: () => T, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = ask();
    if (wanted(answer)) return answer;
    await new Promise<void>((resolve) => {
      const heard = facts.onDidChange(() => {
        heard.dispose();
        resolve();
      });
    });
  }
}

const known = <T extends { state: string }>(ask: () => T): Promise<T> => until(ask, ({ state }) => state !== 'reading');

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lathe-facts-'));
  outside = await mkdtemp(path.join(os.tmpdir(), 'lathe-outside-'));
  await cp(path.join(sample, 'model.onnx'), at('model.onnx'));
  await start();
});
afterEach(async () => {
  await facts.dispose();
  await rm(folder, { recursive: true });
  await rm(outside, { recursive: true });
});

describe('models', () => {
  test('are read in the background, once for all who ask', async () => {
    expect(facts.model(at('model.onnx'))).toEqual({ state: 'reading' });
    expect(facts.model(at('model.onnx'))).toEqual({ state: 'reading' });
    const model = valueOf(await known(() => facts.model(at('model.onnx'))));
    expect(model).toMatchObject({ file: at('model.onnx'), sha256: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: expect.any(Number) });
    expect(model?.layers[0]).toMatchObject({ name: '/block1/conv/Conv', op: 'Conv', detail: '3×3' });
    expect(reader.count('model')).toBe(1);
    expect(valueOf(await known(() => facts.pruning(at('model.onnx'))))?.groups.length).toBeGreaterThan(0);
  });

  test('that are none say why, and are known once they are there', async () => {
    expect(await known(() => facts.model(at('other.onnx')))).toMatchObject({ state: 'problem', code: 'file.read' });
    await writeFile(at('broken.onnx'), 'no model');
    expect(await known(() => facts.model(at('broken.onnx')))).toMatchObject({
      state: 'problem',
      code: expect.stringMatching(/^(model|graph)\./),
    });
    await cp(at('model.onnx'), at('other.onnx'));
    facts.changed([at('other.onnx')]);
    expect(
      (
        await until(
          () => facts.model(at('other.onnx')),
          ({ state }) => state === 'known',
        )
      ).state,
    ).toBe('known');
  });

  test('that change are read again, told or not; the last facts stand meanwhile', async () => {
    await known(() => facts.model(at('model.onnx')));
    await facts.look();
    expect(reader.count('model')).toBe(1);
    await writeFile(at('model.onnx'), 'no model');
    await facts.look();
    expect(facts.model(at('model.onnx')).state).toBe('known');
    expect(
      (
        await until(
          () => facts.model(at('model.onnx')),
          ({ state }) => state !== 'known',
        )
      ).state,
    ).toBe('problem');
  });

  test('are kept on disk by their contents, for other places too', async () => {
    await start({ cache: at('cache') });
    const first = valueOf(await known(() => facts.model(at('model.onnx'))));
    const pruning = valueOf(await known(() => facts.pruning(at('model.onnx'))));
    await start({ cache: at('cache') });
    expect(valueOf(await known(() => facts.model(at('model.onnx'))))).toEqual(first);
    expect(valueOf(await known(() => facts.pruning(at('model.onnx'))))).toEqual(pruning);
    await writeFile(at('model.onnx'), 'no model');
    await start({ cache: at('cache') });
    expect((await known(() => facts.model(at('model.onnx')))).state).toBe('problem');
  });
});

describe('data and folders', () => {
  beforeEach(async () => {
    await mkdir(at('pictures'));
    await writeFile(at('pictures', 'one.png'), '');
  });

  test('pictures are counted, and again when told', async () => {
    const data = valueOf(await known(() => facts.data(at('pictures'))));
    expect(data).toMatchObject({ kind: 'folder', path: at('pictures') });
    await writeFile(at('pictures', 'one-more.png'), '');
    facts.changed([at('pictures', 'one-more.png')]);
    const count = (): number => valueOf(facts.data(at('pictures')))?.count ?? 0;
    expect(await until(count, (now) => now !== data?.count)).toBe((data?.count ?? 0) + 1);
  });

  test('names of a folder, with a slash behind folders', async () => {
    expect(valueOf(await known(() => facts.folder(folder)))).toEqual(['model.onnx', 'pictures/']);
    await writeFile(at('a.txt'), '');
    facts.changed([at('a.txt')]);
    const names = (): readonly string[] => valueOf(facts.folder(folder)) ?? [];
    expect(await until(names, ({ length }) => length === 3)).toEqual(['a.txt', 'model.onnx', 'pictures/']);
    expect(await known(() => facts.folder(at('nowhere')))).toMatchObject({ state: 'problem' });
  });

  test('recipes and models of the workspace, without those of runs', async () => {
    await mkdir(at('lathe-runs/one/models'), { recursive: true });
    await writeFile(at('lathe-runs/one/run.json'), '{}');
    await cp(at('model.onnx'), at('lathe-runs/one/models/model.onnx'));
    await writeFile(at('a.compress.yaml'), '');
    await writeFile(at('b.yaml'), '');
    expect(
      await until(
        () => facts.recipes(),
        ({ length }) => length > 0,
      ),
    ).toEqual([at('a.compress.yaml')]);
    expect(facts.models()).toEqual([at('model.onnx')]);
    await writeFile(at('c.compress.json'), '');
    facts.changed([at('c.compress.json')]);
    expect(
      await until(
        () => facts.recipes(),
        ({ length }) => length > 1,
      ),
    ).toEqual([at('a.compress.yaml'), at('c.compress.json')]);
  });
});

describe('a workspace that is not trusted', () => {
  const untrusted = { state: 'problem', code: 'facts.untrusted' };

  test('is read, and nothing outside of it', async () => {
    await start({ trusted: false });
    await cp(at('model.onnx'), path.join(outside, 'model.onnx'));
    await writeFile(path.join(outside, 'labels.csv'), 'file,class\n');
    await symlink(outside, at('link'));
    await mkdir(at('data'));
    expect((await known(() => facts.model(at('model.onnx')))).state).toBe('known');
    const { jobs } = reader;
    const before = jobs.length;
    const network = ['\\\\server\\share\\model.onnx', '//server/share/model.onnx', 'smb://server/model.onnx'];
    for (const file of [
      path.join(outside, 'model.onnx'),
      at('link', 'model.onnx'),
      at('..', path.basename(outside), 'model.onnx'),
      ...network,
    ]) {
      expect(await known(() => facts.model(path.isAbsolute(file) ? path.normalize(file) : file)), file).toMatchObject(untrusted);
      expect(await known(() => facts.folder(path.dirname(file))), file).toMatchObject(untrusted);
    }
    expect(await known(() => facts.data(at('data'), path.join(outside, 'labels.csv'), folder))).toMatchObject(untrusted);
    expect(await known(() => facts.data(at('data'), '../x/labels.csv', folder))).toMatchObject(untrusted);
    expect(jobs.length).toBe(before);
  });

  test('is read whole once it is trusted', async () => {
    await start({ trusted: false });
    await cp(at('model.onnx'), path.join(outside, 'model.onnx'));
    const model = (): { state: string } => facts.model(path.join(outside, 'model.onnx'));
    expect(await known(model)).toMatchObject(untrusted);
    facts.configure({ folders: [folder], trusted: true, runsFolder: 'lathe-runs' });
    expect(await until(model, ({ state }) => state !== 'problem')).toMatchObject({ state: 'known' });
  });

  test('weights behind a link, folders behind a link and files of a list are left alone', async () => {
    await start({ trusted: false });
    await mkdir(at('pictures'));
    await writeFile(path.join(outside, 'a.png'), '');
    await symlink(outside, at('pictures', 'more'));
    await writeFile(at('pictures', 'b.png'), '');
    expect(valueOf(await known(() => facts.data(at('pictures'))))).toMatchObject({ count: 1 });
    await writeFile(at('list.txt'), `${path.join(outside, 'nothing.png')}\n${path.join(outside, 'a.png')}\n`);
    expect(valueOf(await known(() => facts.data(at('list.txt'))))).toMatchObject({ kind: 'list', count: 2 });
  });
});

test('what was read while it changed is read once more', async () => {
  const answers: ((answer: Answer) => void)[] = [];
  await facts.dispose();
  facts = new WorkspaceFacts(
    { folders: [folder], trusted: true, runsFolder: 'runs' },
    {
      read: (() => new Promise<Answer>((resolve) => answers.push(resolve))) as Reader['read'],
      dispose: async () => {},
    },
  );
  facts.data(at('x'));
  await new Promise(setImmediate);
  facts.changed([at('x', 'new.png')]);
  facts.changed([at('x', 'newer.png')]);
  const answer = (count: number): Answer => ({ stamps: {}, value: { path: at('x'), kind: 'folder', count } }) as Answer;
  answers[0]!(answer(1));
  expect(valueOf(await known(() => facts.data(at('x'))))?.count).toBe(1);
  answers[1]!(answer(3));
  expect(
    await until(
      () => valueOf(facts.data(at('x')))?.count,
      (count) => count !== 1,
    ),
  ).toBe(3);
  expect(answers.length).toBe(2);
});
