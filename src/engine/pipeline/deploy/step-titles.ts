/** What an entry goes through; the runner's own steps stand between `copy` and `fetch`. */
export const stepTitles = {
  check: 'Check the model',
  connect: 'Connect',
  ask: 'Look at the board',
  compile: 'Compile',
  pictures: 'Prepare pictures',
  copy: 'Copy',
  fetch: 'Fetch results',
  measure: 'Compare and measure',
  clear: 'Clear away',
} as const;
