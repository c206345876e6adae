import type { Asked } from './pair-panel.ts';

/** What became of a question: its answer, or why there is none. Never rejects. */
export async function settled<Answer>(question: Promise<Answer>): Promise<Asked<Answer>> {
  try {
    return { answer: await question };
  } catch (error) {
    return { failure: (error as Error).message };
  }
}
