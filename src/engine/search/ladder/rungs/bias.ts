import { fixed } from '../rung.ts';

/** What equalization leaves: biases so high that a ReLU never cuts them off. */
export const bias = fixed('bias', 'The part of high biases that no ReLU cuts off, moved into the next layer.', [
  { title: 'high biases absorbed', settings: { 'absorb-bias': true } },
]);
