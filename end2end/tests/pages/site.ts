// Every page there is, for what must hold on all of them.

import { expect, type Page } from '@playwright/test';
import { AxeBuilder } from '@axe-core/playwright';

export interface Place {
  name: string;
  path: string;
}

/** Pages of an application with one release and one deployment. */
export function places(ids: { application: string; release: string; deployment: string }): Place[] {
  return [
    { name: 'overview', path: '/' },
    { name: 'environment-staging', path: `/applications/${ids.application}/environments/staging` },
    { name: 'environment-production', path: `/applications/${ids.application}/environments/production` },
    { name: 'checks', path: `/applications/${ids.application}/environments/production/checks` },
    { name: 'releases', path: '/releases' },
    { name: 'release', path: `/releases/${ids.release}` },
    { name: 'deployments', path: '/deployments' },
    { name: 'deployment', path: `/deployments/${ids.deployment}` },
    { name: 'approvals', path: '/approvals' },
    { name: 'audit', path: '/audit' },
    { name: 'account', path: '/account' },
    { name: 'search', path: '/search?q=1.5' },
    { name: 'design', path: '/design' },
    { name: 'not-found', path: '/nowhere' },
  ];
}

export function idIn(url: string): string {
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(url)?.[0];
  if (!id) throw new Error(`no id in ${url}`);
  return id;
}

export async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help} at ${node.target.join(' ')}: ${node.failureSummary ?? ''}`),
  );
  // Soft: one run names everything there is to mend.
  expect.soft(found, where).toEqual([]);
}

export async function expectNoSidewaysScroll(page: Page, where: string): Promise<void> {
  const surplus = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const isOutside = (one: Element) => one.getBoundingClientRect().right > width + 1;
    return [...document.body.querySelectorAll('*')].filter(isOutside).slice(0, 5).map((one) => one.outerHTML.slice(0, 120));
  });
  expect.soft(surplus, `${where} is wider than the screen`).toEqual([]);
}
