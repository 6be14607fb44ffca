// The list of releases, one release, and the form that asks for a deployment of it.

import { expect, type Page } from '@playwright/test';
import { DeploymentPage } from './deployment.ts';

export async function openRelease(page: Page, version: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Releases' }).click();
  await page.getByRole('main').getByRole('link', { name: version, exact: true }).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(version);
}

export async function requestDeployment(
  page: Page,
  { to, because, isLive }: { to: string; because: string; isLive: boolean },
): Promise<DeploymentPage> {
  const environment = page.getByRole('region', { name: to, exact: true });
  await environment.getByLabel('Reason').fill(because);
  await environment.getByRole('button', { name: `Plan a deployment to ${to}` }).click();
  await expect(page).toHaveURL(/\/deployments\/[0-9a-f-]{36}/);
  return new DeploymentPage(page, isLive);
}
