import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { pickleGlobals } from '../../../src/engine/pipeline/import/pickle-globals.ts';
import fromPytorch from '../../../src/engine/pipeline/import/python/from_pytorch.py';
import fromTensorFlow from '../../../src/engine/pipeline/import/python/from_tensorflow.py';

const python = spawnSync('python3', ['--version']).status === 0;
if (!python) console.log('no python3 here: pickles are not compared with pickletools');

/** Objects of many kinds in every protocol, with the globals that Python's own disassembler finds. */
const pickles = `
import base64, collections, datetime, decimal, fractions, json, pathlib, pickle, pickletools, uuid
objects = [
    {"a": [1, 2.5, "x" * 300, b"y" * 300, None, True, (1, 2, 3, 4), {5}, 10**30, -1, 70000]},
    collections.OrderedDict(a=collections.Counter("abca"), b=collections.defaultdict(list, {1: [2]})),
    [datetime.datetime(2020, 1, 2), decimal.Decimal("1.5"), fractions.Fraction(1, 3), pathlib.PurePosixPath("/a/b"), uuid.UUID(int=5)],
    [print, len, datetime.datetime, datetime.datetime, collections.OrderedDict], complex(1, 2), bytearray(b"z" * 10), frozenset([1, 2]),
]
for value in objects:
    for protocol in range(6):
        data = pickle.dumps(value, protocol)
        names, strings, memo = set(), [], []
        for op, argument, _ in pickletools.genops(data):
            if op.name in ("GLOBAL", "INST"): names.add(argument.replace(" ", "."))
            elif op.name == "STACK_GLOBAL": names.add(".".join(strings[-2:]))
            elif op.name == "MEMOIZE": memo.append(strings[-1] if strings else None)
            elif op.name in ("BINPUT", "LONG_BINPUT"): memo.append(strings[-1] if strings else None)
            elif op.name in ("BINGET", "LONG_BINGET"): strings.append(memo[argument])
            elif isinstance(argument, str): strings.append(argument)
        print(json.dumps([base64.b64encode(data).decode(), sorted(names), protocol]))
`;

it.skipIf(!python)('finds the globals that pickletools finds', () => {
  const { stdout, stderr } = spawnSync('python3', ['-c', pickles], { encoding: 'utf8' });
  const cases = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [string, string[], number]);
  expect(cases.length, stderr).toBe(7 * 6);
  for (const [data, names, protocol] of cases) {
    const bytes = Buffer.from(data, 'base64');
    const found = pickleGlobals(bytes);
    expect([...found.names].sort(), `protocol ${protocol}`).toEqual(names);
    expect(found).toMatchObject({ complete: true, length: bytes.length });
  }
});

it.skipIf(!python)('the scripts are Python', () => {
  for (const script of [fromPytorch, fromTensorFlow]) {
    const { status, stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
      input: script,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
  }
});
