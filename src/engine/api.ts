/**
 * The only door to what runs models. The worker process imports it whole; hosts that must start fast (extension, command line) read
 * the light rooms beside it and import this when they need it, or leave the work to a job.
 */
export { systemClock, type Context, type Logger } from './base/context.ts';
export { importReadiness, type ImportReadiness } from './pipeline/import/readiness.ts';
export { runJob, type JobDeps } from './pipeline/jobs.ts';
export { runRecipe, type RunOptions } from './pipeline/run.ts';
export { probeRuntime, type RuntimeProbe } from './runtime/probe.ts';
export { systemProcesses } from './transport/processes.ts';
