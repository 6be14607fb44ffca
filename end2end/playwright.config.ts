// Run by `cargo xtask test browser`, which says where the binary, the emulator and the browser are.

import { join } from 'node:path';
import { defineConfig, devices } from '@playwright/test';

const output = process.env['LOCKKEEPER_TEST_OUTPUT'] ?? 'test-results';
const desktop = { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 } };

// A browser as root has no sandbox of its own; the rest keeps it from talking to anybody but the tests.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export default defineConfig({
  testDir: '.',
  outputDir: join(output, 'results'),
  fullyParallel: true,
  // Every test has servers and a browser of its own: two at a time is what two cores carry.
  workers: 2,
  forbidOnly: true,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    launchOptions: { executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args },
    actionTimeout: 30_000,
    trace: 'retain-on-failure',
    locale: 'en-GB',
    timezoneId: 'UTC',
  },
  projects: [
    { name: 'js', testMatch: 'tests/*.spec.ts', grepInvert: /@nojs/, use: desktop },
    {
      name: 'nojs',
      testMatch: 'tests/*.spec.ts',
      grep: /@nojs|@main|@forms/,
      use: { ...desktop, javaScriptEnabled: false },
    },
    ...optional('screenshots', 'tests/screenshots/*.ts'),
    ...optional('bench', 'bench/*.bench.ts'),
  ],
});

/** No tests: `cargo xtask screenshots` and `cargo xtask bench` ask for them by name. */
function optional(name: string, testMatch: string) {
  return process.env['LOCKKEEPER_PROJECT'] === name ? [{ name, testMatch, use: { ...desktop, trace: 'off' as const } }] : [];
}
