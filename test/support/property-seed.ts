// The same cases in every run, so that a failure is the change's own. LATHE_TEST_SEED=N looks at others.
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['LATHE_TEST_SEED'] ?? 20_261_122) });
