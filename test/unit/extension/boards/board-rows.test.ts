import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boardsOf } from '../../../../src/extension/boards/recipe-boards.ts';
import { boardRows, placeOfRow } from '../../../../src/extension/boards/view/board-rows.ts';
import { namedBoards, sshCommand, type BoardAnswer, type ListedBoard } from '../../../../src/extension/boards/view/listed-board.ts';
import type { BoardDocument } from '../../../../src/protocol/results/board.ts';

const now = new Date('2026-03-04T12:00:00');
const recipe = (place: string, text: string): Parameters<typeof namedBoards>[0][number] => ({
  file: `/work/${place}`,
  place,
  boards: boardsOf(text)!,
});
const two = 'model: a.onnx\ntarget: zcu104\ndeploy:\n  - { host: z.local, user: root, identity: ~/.ssh/board }\n  - { target: cpu }\n';

describe('what a recipe says of boards', () => {
  it.each<[string, string, string[]]>([
    ['entries with their targets', two, ['0 zcu104 z.local', '1 cpu -']],
    ['one entry that is no list', 'model: a\ndeploy: { host: h }\n', ['0 cpu h']],
    ['mistakes elsewhere aside', 'model: a\nstepps: 3\ndeploy:\n  - { target: cpu, host: h, portt: 3 }\n', ['0 cpu h']],
    ['nothing', 'model: a\n', []],
    ['no list at all', 'model: a\ndeploy: 3\n', []],
  ])('%s', (_, text, wanted) =>
    expect(boardsOf(text)?.entries.map(({ index, entry }) => `${index} ${entry.target} ${entry.host ?? '-'}`)).toEqual(wanted),
  );

  it('is read without harm, whatever stands there', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.jsonValue().map((value) => `deploy: ${JSON.stringify(value)}`),
        ),
        (text) => void boardsOf(text),
      ),
    );
  });
});

describe('boards by name', () => {
  it('stand once, with all recipes that deploy to them, those of the settings behind', () => {
    const recipes = [recipe('a.compress.yaml', two), recipe('b/c.compress.yaml', two.replace('target: cpu', 'target: cpu, host: pi'))];
    const added = [{ target: 'zcu104', host: 'z.local', user: 'root' }, { target: 'cpu', host: 'other', port: 2222 }, { host: 'no-target' }, { target: 'cpu', host: '-oProxyCommand=x' }, 3, null]; // prettier-ignore
    const found = namedBoards(recipes, added, '/work');
    expect(
      found.map(({ target, entry, recipes: of, added: own }) => [
        target,
        entry.host,
        of.map(({ place, index }) => `${place} ${index}`),
        own,
      ]),
    ).toEqual([
      ['zcu104', 'z.local', ['a.compress.yaml 0', 'b/c.compress.yaml 0'], true],
      ['cpu', undefined, ['a.compress.yaml 1'], false],
      ['cpu', 'pi', ['b/c.compress.yaml 1'], false],
      ['cpu', 'other', [], true],
    ]);
    expect(found[0]!.entry.identity).toMatch(/^[/A-Z].*board$/);
    expect(found[3]!.entry).toMatchObject({ port: 2222, folder: 'lathe', runs: 100 });
  });

  it('are reached by ssh with arguments of their own', () => {
    expect(sshCommand({ host: 'h', port: 2222, user: 'root', identity: '/a b' })).toEqual(['ssh', '-p', '2222', '-i', '/a b', 'root@h']);
    expect(sshCommand({ host: 'alias' })).toEqual(['ssh', 'alias']);
    expect(sshCommand({})).toEqual([]);
  });
});

describe('rows of boards', () => {
  const [zcu, cpu] = namedBoards([recipe('a.compress.yaml', two)], [], '/work') as [ListedBoard, ListedBoard];
  const document: BoardDocument = {
    target: 'zcu104', host: 'z.local', state: 'ready', summary: 'DPUCZDX8G_ISA1_B4096', rows: [{ name: 'Memory', value: '2 GB' }], missing: [],
    models: [{ name: 'net-0123456789abcdef.xmodel', bytes: 310_000, deployed: '2026-03-04T10:00:00', sha256: 'ab' }],
  }; // prettier-ignore
  const answered = (more: Partial<BoardDocument>): BoardAnswer => ({
    state: 'answered',
    document: { ...document, ...more },
    at: '2026-03-04T11:00:00',
  });
  const show = (board: ListedBoard): string[] => boardRows([board], now).flatMap((row) => [
    `${row.label} | ${row.description} | ${row.icon.name} | ${row.context}`,
    ...row.children!().map(({ label, description, context }) => `  ${label} | ${description} | ${context}`),
  ]); // prettier-ignore

  it.each<[string, ListedBoard, string[]]>([
    ['not asked', zcu, [
      'z.local | zcu104 · not asked yet | circuit-board | board reachable deployable',
      '  Not asked yet | click to ask it | boardFact',
      '  a | deploys here | boardRecipe',
    ]],
    ['without a host', cpu, [
      'cpu | no host | circle-large-outline | board planned deployable',
      '  No host | write "host:" in the recipe | boardFact',
      '  a | deploys here | boardRecipe',
    ]],
    ['ready', { ...zcu, answer: answered({}), figures: 'zcu104: 2.1 ms' }, [
      'z.local | zcu104 · ready · DPUCZDX8G_ISA1_B4096 | pass | board reachable deployable',
      '  Last deployed | zcu104: 2.1 ms | boardFact',
      '  net.xmodel | 310 kB · 10:00 | boardModel deployable',
      '  a | deploys here | boardRecipe',
      '  Memory | 2 GB | boardFact',
    ]],
    ['asked again', { ...zcu, answer: { state: 'asking', last: document } }, [
      'z.local | zcu104 · asking | loading~spin | board reachable deployable',
      '  net.xmodel | 310 kB · 10:00 | boardModel deployable',
      '  a | deploys here | boardRecipe',
      '  Memory | 2 GB | boardFact',
    ]],
    ['incomplete', { ...zcu, recipes: [], added: true, answer: answered({ state: 'incomplete', rows: [], models: [], missing: [{ what: 'vart', advice: 'Install it.' }] }) }, [
      'z.local | zcu104 · vart is missing | warning | board reachable added',
      '  vart is missing | Install it. | boardFact',
    ]],
    ['not reachable', { ...zcu, recipes: [], answer: { state: 'failed', reason: 'No route to host.', at: '' } }, [
      'z.local | zcu104 · not reachable | debug-disconnect | board reachable',
      '  Not reachable | No route to host. | boardFact',
    ]],
  ])('%s', (_, board, wanted) => expect(show(board)).toEqual(wanted)); // prettier-ignore

  it('say what they stand for, and each only once', () => {
    const rows = boardRows([{ ...zcu, answer: answered({}) }, cpu], now);
    const all = rows.flatMap((row) => [row, ...row.children!()]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const row of all) expect([zcu.id, cpu.id]).toContain(placeOfRow(row)?.board);
    expect(all.flatMap((row) => placeOfRow(row)?.model ?? [])).toEqual(['net-0123456789abcdef.xmodel']);
    expect(placeOfRow({ id: 'run:/a' })).toBeUndefined();
  });

  it('show foreign names as text', () => {
    const evil = '<b>[x](command:evil)\u202e\n$(zap)';
    const rows = boardRows(
      [
        {
          ...zcu,
          figures: evil,
          answer: answered({ summary: evil, rows: [{ name: evil, value: evil }], models: [{ name: evil, bytes: 1 }] }),
        },
      ],
      now,
    );
    const texts = rows
      .flatMap((row) => [row, ...row.children!()])
      .flatMap((row) => [row.label, row.description ?? '', row.tooltip?.() ?? '']);
    for (const text of texts) {
      expect(text).not.toMatch(/[\u202e\u0000]/);
      if (text.includes('**')) expect(text).not.toMatch(/(?<!\\)\[x|<b>|(?<!\\)\$\(zap/);
    }
  });
});
