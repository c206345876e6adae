import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildLathe, latheJson, pressCtrlC, root, startLathe } from '../../support/lathe.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'lathe-cli-training-'));
const here = { cwd: folder };
beforeAll(() => {
  buildLathe();
  symlinkSync(path.join(root, 'samples'), path.join(folder, 'samples'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const model = 'samples/shapes/model.onnx';
const labelled = ['--labels', 'folders', '--train', 'samples/shapes/pictures/train'];
const pictures = [...labelled, '--batch', '32'];
const outputOf = (document: Record<string, unknown>): string =>
  (document['models'] as { role: string; path: string }[]).find(({ role }) => role === 'output')!.path;

describe('a step that trains, by its own command', () => {
  it.each([
    ['train', ['--epochs', '2', '--learning-rate', '1e-4', '--batch', '32']],
    ['distill', ['--epochs', '2', '--learning-rate', '1e-4', '--teacher', model, '--batch', '32']],
    ['prune', ['--finetune.epochs', '2', '--finetune.batch', '32', '--macs', '0.5', '--criterion', 'l2']],
    ['qat', ['--epochs', '1', '--weights', '4', '--round', 'nearest', '--batch', '32']],
  ])('%s says what the training came to, and keeps its curve', (command, options) => {
    const { code, document, stderr } = latheJson([command, model, ...labelled, ...options], here);
    expect(code, stderr).toBe(0);
    const epochs = Number(options[1]);
    expect(document).toMatchObject({
      command,
      steps: [
        {
          step: command,
          training: {
            epochs,
            planned: epochs,
            steps: epochs * 5,
            loss: { first: expect.any(Number) as number, last: expect.any(Number) as number },
            validation: { metric: 'top1', unit: '%', before: expect.any(Number) as number, best: expect.any(Number) as number },
          },
        },
      ],
    });
    const curves = JSON.parse(readFileSync(path.join(document['run'] as string, 'training.json'), 'utf8')) as { trainings: unknown[] };
    expect(curves.trainings).toMatchObject([{ step: command, epochs, steps: epochs * 5 }]);
    expect(readFileSync(document['report'] as string, 'utf8')).toContain(`Training: ${command}`);
  });
});

describe('Ctrl-C while training', () => {
  const job = ['train', model, ...pictures, '--epochs', '24', '--learning-rate', '1e-3', '--ema', '0.9'];

  it('keeps what was learned; resumed it is the same to the byte, curve and all', async () => {
    const child = startLathe([...job, '--json', '--progress', 'json', '--threads', '1'], folder);
    let [stdout, stderr] = ['', ''];
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    let pressed = false;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (pressed || !/"training":\{"step":"train","epoch":[1-9]/.test(stderr)) return;
      pressed = true;
      pressCtrlC(child);
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code, stderr).toBe(130);
    const { error } = JSON.parse(stdout) as { error: { code: string; hint: string } };
    expect(error.hint).toMatch(/go on with: lathe run lathe-runs\/\S+ --resume/);
    const resumed = latheJson(['run', /lathe-runs\/\S+/.exec(error.hint)![0], '--resume'], here);
    expect(resumed, resumed.stderr).toMatchObject({ code: 0, document: { resumed: true } });
    const whole = latheJson(job, here);
    const bytes = ({ document }: typeof whole): Buffer[] => [
      readFileSync(outputOf(document)),
      readFileSync(path.join(document['run'] as string, 'training.json')),
    ];
    const [one, other] = [bytes(resumed), bytes(whole)];
    expect(one[0]!.equals(other[0]!), 'models').toBe(true);
    expect(one[1]!.toString()).toBe(other[1]!.toString());
  });
});
