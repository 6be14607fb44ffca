// What every test is given: a world of its own, people who log in, and the promise that no console stays dirty.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect, type BrowserContext, type BrowserContextOptions, type Page } from '@playwright/test';
import { startDemo, type Demo } from './demo.ts';
import { logIn } from './login.ts';
import type { Person } from './people.ts';
import { required } from './settings.ts';
import { World, type WorldOptions } from './world.ts';

interface Fixtures {
  worldOptions: WorldOptions;
  world: World;
  demo: Demo;
  /** Opens a browser of their own for a person and logs them in. */
  login: (person: Person, context?: BrowserContextOptions) => Promise<Page>;
  /** Where Lockkeeper answers: the world's address, or the demo's. */
  origin: string;
  /** Whether pages follow what happens by themselves. */
  isLive: boolean;
  /** Messages the browser may print in this test. */
  expectedMessages: RegExp[];
  directory: string;
}

export const test = base.extend<Fixtures>({
  worldOptions: [{}, { option: true }],
  expectedMessages: [[], { option: true }],

  isLive: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled !== false),

  directory: async ({}, use, info) => {
    const directory = join(required('LOCKKEEPER_TEST_OUTPUT'), 'worlds', `${info.testId}-${info.retry}`);
    // Nothing of an earlier run.
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    await use(directory);
  },

  world: async ({ directory, worldOptions }, use, info) => {
    const world = await World.start(directory, worldOptions);
    await use(world);
    if (info.status !== info.expectedStatus) {
      await info.attach('server.log', { body: world.serverLog, contentType: 'text/plain' });
    }
    await world.stop();
  },

  demo: async ({ directory }, use) => {
    const demo = await startDemo(directory);
    await use(demo);
    await demo.stop();
  },

  origin: async ({ world }, use) => use(world.url),

  login: async ({ browser, origin, expectedMessages, contextOptions, javaScriptEnabled, isLive }, use) => {
    // A browser without scripts fetches the module early all the same, and wonders that nobody asks for it.
    const alwaysExpected = isLive ? [] : [/preloaded using link preload but not used/];
    const contexts: BrowserContext[] = [];
    const printed: string[] = [];
    await use(async (person, options) => {
      const context = await browser.newContext({ ...contextOptions, javaScriptEnabled: javaScriptEnabled !== false, ...options });
      contexts.push(context);
      context.on('console', (message) => {
        if (!['error', 'warning'].includes(message.type())) return;
        printed.push(`${message.text()} (${message.location().url})`);
      });
      context.on('weberror', (error) => printed.push(String(error.error())));
      const page = await context.newPage();
      await logIn(page, origin, person);
      return page;
    });
    for (const context of contexts) await context.close();
    const isExpected = (text: string) => [...expectedMessages, ...alwaysExpected].some((one) => one.test(text));
    expect(printed.filter((text) => !isExpected(text))).toEqual([]);
  },
});

export { expect };
