import path from 'node:path';
import { type BenchContext, measured, median } from '../measure.ts';
import { benchModels, type BenchModel } from '../models.ts';
import { runRecipe } from '../run-recipe.ts';
import { Scorer } from '../score.ts';

/** What a student reaches that learns from ResNet-56 on the 4,000 training pictures, a tenth of which the choice of the best epoch looks at. */
interface Student {
  readonly name: string;
  /** One of the benchmarks' models, whose test pictures and preprocessing are meant. */
  readonly like: string;
  readonly model: Readonly<Record<string, unknown>>;
  readonly step: Readonly<Record<string, unknown>>;
  readonly augment: readonly unknown[];
  readonly seeds: readonly number[];
  readonly least: number;
  /** Figures of PyTorch from the study of peers: the same teacher, pictures and epochs. */
  readonly note: string;
}

const students: readonly Student[] = [
  {
    name: 'distillation: ResNet-20 from scratch, 3 epochs',
    like: 'resnet20',
    model: { new: 'resnet20', classes: 10, input: [3, 32, 32] },
    step: { epochs: 3, batch: 16, 'learning-rate': 2e-3, schedule: 'one-cycle', 'weight-decay': 1e-4 },
    augment: [],
    seeds: [0, 1, 2],
    least: 40,
    note: 'PyTorch 38.1 on all 4,000',
  },
  {
    name: 'distillation: MobileNetV2 x0.5, 8 epochs',
    like: 'mbv2',
    model: { model: 'models/cifar10-vgg-mobilenet/mbv2_050_cifar10_bn.onnx' },
    step: { epochs: 8, batch: 64, 'learning-rate': 1e-4, schedule: 'cosine', 'weight-decay': 1e-4, temperature: 4, ema: 0.97 },
    augment: ['flip', { crop: { padding: 4 } }],
    seeds: [0],
    least: 79,
    note: 'from 76.4',
  },
];

const teacher = 'models/cifar10-resnet/resnet56_cifar10.onnx';

/** Accuracy on the test pictures and what it costs. */
export async function distillationAccuracy(bench: BenchContext): Promise<void> {
  for (const student of students) {
    await measured(bench, student.name, async () => {
      const like = benchModels.find(({ name }) => name === student.like)!;
      const scorer = new Scorer(bench.zoo!, like);
      const [scores, minutes]: [number[], number[]] = [[], []];
      for (const seed of student.seeds) {
        const { model, cost } = await runRecipe(bench, recipeOf(bench.zoo!, student, like, seed));
        scores.push((await scorer.score(model)).fused.value);
        minutes.push(cost.cpuSeconds / 60);
      }
      const all = student.seeds.length > 1 ? `seeds ${scores.map((score) => score.toFixed(1)).join(', ')}; ` : '';
      const note = `${all}${median(minutes).toFixed(1)} CPU minutes; ${student.note}`;
      const value = median(scores);
      bench.report({ name: student.name, value, unit: '%', goal: `>= ${student.least}`, ok: value >= student.least, note });
    });
  }
}

function recipeOf(zoo: string, student: Student, like: BenchModel, seed: number): Record<string, unknown> {
  const { model, step, augment } = student;
  const placed = typeof model['model'] === 'string' ? { model: path.join(zoo, model['model']) } : model;
  return {
    version: 1,
    models: { student: placed },
    task: like.task,
    seed,
    data: {
      input: like.input,
      train: { path: path.join(zoo, 'data/cifar10/train'), labels: 'folders', ...(augment.length ? { augment } : {}) },
    },
    steps: [{ distill: { on: 'student', teacher: path.join(zoo, teacher), ...step } }],
  };
}
